// What the search shows of a page is its text, without buttons and without marks of formulas.
if (typeof Search !== "undefined") {
  const frame = ".bd-header-article, .dgm-links, .dgm-note, .onlyprint, .prev-next-footer, summary";
  const toText = Search.htmlToText;
  Search.htmlToText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    page.querySelectorAll(frame).forEach((part) => part.remove());
    return toText(page.documentElement.outerHTML, anchor).replace(/\\[()[\]]/g, "");
  };
}

// On paper everything that is folded on the screen is open.
window.addEventListener("beforeprint", () => {
  document.querySelectorAll("details:not([open])").forEach((fold) => {
    fold.open = true;
    fold.dataset.opened = "";
  });
});
window.addEventListener("afterprint", () => {
  document.querySelectorAll("details[data-opened]").forEach((fold) => {
    fold.open = false;
    delete fold.dataset.opened;
  });
});
