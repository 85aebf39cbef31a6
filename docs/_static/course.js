// The sidebar's arrows say what they open.
document.querySelectorAll(".toctree-l1 > details > summary").forEach((arrow) => {
  const page = arrow.closest("li").querySelector(":scope > a");
  arrow.setAttribute("aria-label", `Pages of ${page.textContent.trim()}`);
});

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
