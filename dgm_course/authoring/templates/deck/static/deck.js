// A section's notes are written once, on its first slide; the speaker sees them on each of them.
// That window has no style that hides the second, spoken form of a formula.
function shareNotes() {
  let notes = null;
  document.querySelectorAll("aside.notes mjx-assistive-mml").forEach((spoken) => spoken.remove());
  for (const slide of document.querySelectorAll(".slides > section > section")) {
    const own = slide.querySelector("aside.notes");
    if (own || !slide.previousElementSibling) notes = own;
    if (notes && !own) slide.append(notes.cloneNode(true));
  }
}

function toggleTheme() {
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  try { localStorage.setItem(KEY, root.dataset.theme); } catch { /* private window */ }
}

function toggleFolds() {
  const folds = [...Reveal.getCurrentSlide().querySelectorAll("details")];
  const open = !folds.some((fold) => fold.open);
  folds.forEach((fold) => { fold.open = open; });
}

function closeFolds({ previousSlide }) {
  previousSlide?.querySelectorAll("details[open]").forEach((fold) => { fold.open = false; });
}

// Enter and space belong to a fold or a link while it has the focus.
function isOurs(event) {
  return ![" ", "Enter"].includes(event.key) || !event.target.closest("summary, a, button");
}

// Chromium prints at the load event.  An open frame holds that back until the pages are laid out,
// which reveal.js begins at the load event: so it is told of one before, and not of the real one.
function holdPrinting() {
  addEventListener("load", (event) => {
    if (event.isTrusted) event.stopImmediatePropagation();
  }, true);
  const frame = document.body.appendChild(document.createElement("iframe"));
  frame.hidden = true;
  frame.contentDocument.open();
  Reveal.on("pdf-ready", () => frame.contentDocument.close());
}

// Sizes were chosen for common fonts: where this computer's are wider, a slide gets smaller.
const SMALLEST = 0.6;
function isTooFull(page) {
  const free = page.querySelector(".body").getBoundingClientRect();
  const limit = page.getBoundingClientRect().right;
  const parts = page.querySelectorAll(".body > :not(.source), .side > *, .body table, .body svg, .body pre");
  return [...parts].some((part) => {
    const box = part.getBoundingClientRect();
    if (part.closest("details, mjx-assistive-mml") || !box.height) return false;
    return box.bottom > free.bottom + 1 || box.top < free.top - 1 || box.right > limit
      || (part.matches(".text, .list, .table, .box, .side") && part.scrollWidth > part.clientWidth + 1);
  });
}
function fit(slide) {
  const page = slide.querySelector(".page");
  for (let scale = 1; scale >= SMALLEST; scale -= 0.04) {
    page.style.setProperty("--fit", scale);
    if (!isTooFull(page)) return;
  }
}

if (ON_PAPER) holdPrinting();
MathJax.startup.promise.then(() => {
  shareNotes();
  return Reveal.initialize({
    width: 1280,
    height: 720,
    margin: 0,
    center: false,
    hash: true,
    transition: "none",
    slideNumber: "c/t",
    controlsTutorial: false,
    pdfSeparateFragments: false,
    pdfMaxPagesPerSlide: 1,
    keyboardCondition: isOurs,
    defaultTiming: PACED ? 0 : null,
    plugins: [RevealNotes],
  });
}).then(() => {
  Reveal.addKeyBinding({ keyCode: 68, key: "D", description: "Light or dark" }, toggleTheme);
  Reveal.addKeyBinding({ keyCode: 67, key: "C", description: "Open or close the code" }, toggleFolds);
  Reveal.on("slidechanged", closeFolds);
  Reveal.on("slidechanged", ({ currentSlide }) => fit(currentSlide));
  Reveal.on("pdf-ready", () => Reveal.getSlides().forEach(fit));
  fit(Reveal.getCurrentSlide());
  root.dataset.ready = "yes";
  if (ON_PAPER) dispatchEvent(new Event("load"));
});
