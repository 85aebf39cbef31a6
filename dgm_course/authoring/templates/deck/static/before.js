// Light or dark is known before anything is drawn; paper is light.
const root = document.documentElement;
const ON_PAPER = /print-pdf/.test(location.search);
const KEY = "dgm-deck-theme";
function remembered() {
  try { return localStorage.getItem(KEY); } catch { return null; }
}
function preferred() {
  if (ON_PAPER) return "light";
  return remembered() || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}
root.dataset.theme = preferred();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  root.dataset.theme = preferred();
});
window.MathJax = {
  tex: {
    inlineMath: [["$", "$"]],
    displayMath: [["$$", "$$"]],
    processEscapes: true,
  },
  svg: { fontCache: "local", scale: 0.92 },
  options: { enableMenu: false, skipHtmlTags: ["script", "noscript", "style", "textarea", "pre", "code"] },
};
