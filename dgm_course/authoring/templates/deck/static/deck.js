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
  root.dataset.ready = "yes";
  if (ON_PAPER) dispatchEvent(new Event("load"));
});
