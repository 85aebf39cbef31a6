"""A deck open in a browser, and what a person in the last row sees of each slide."""

from collections.abc import Iterator
from dataclasses import dataclass, field

MEASURE = """
index => {
  const LABEL = 10 / 72 * 100;  // pixels of a letter of 10 points in a figure at its own width
  const slide = Reveal.getSlides()[index], place = Reveal.getIndices(slide);
  Reveal.slide(place.h, place.v, 99);
  const page = slide.querySelector(".page"), body = page.querySelector(".body");
  const isShown = e => e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length
    && !e.closest("details:not([open]) > :not(summary), mjx-assistive-mml");
  const box = e => e.getBoundingClientRect();
  const name = e => `${e.tagName.toLowerCase()}.${e.className}: ${e.textContent.slice(0, 50)}`;
  const inner = [...page.querySelectorAll("header, .body, .body *, footer")].filter(isShown);
  const html = inner.filter(e => !e.closest("svg"));
  const flow = [...page.querySelectorAll("header, .body > *, .sources, footer")];
  const blocks = flow.filter(e => isShown(e) && !e.matches(".source"));
  const texts = html.filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  const size = e => parseFloat(getComputedStyle(e).fontSize);
  const small = (chosen, least) =>
    texts.filter(e => e.closest(chosen) && size(e) < least).map(name);
  const formulas = inner.filter(e => e.matches("mjx-container > svg"));
  const own = e => Math.max(...[...body.querySelectorAll(".caption")].map(c => box(c).height), 0);
  return {
    text: page.innerText,
    layout: page.className,
    height: page.scrollHeight,
    width: page.scrollWidth,
    clipped: html.filter(e => e.scrollWidth > e.clientWidth + 2 && e.clientWidth
      && getComputedStyle(e).display !== "inline"
      && !e.matches(".body, footer, mjx-container, .output"))
      .concat(inner.filter(e => {
        const b = box(e);
        return b.right > 1281 || b.bottom > 721 || b.left < -1 || b.top < -1;
      })).map(name),
    overlaps: blocks.slice(1).filter((e, i) => box(blocks[i]).bottom > box(e).top + 1
      && box(blocks[i]).right > box(e).left + 1).map(name),
    tiny: small("*", 16),
    smallest: Math.min(...texts.map(size)),
    small_code: small(".code, .output", 20),
    small_captions: small(".caption", 20),
    small_prose: page.matches(".references, .title") ? []
      : small(".text, .list, .table, .question, .answer, .erratum, .box", 26)
        .filter(t => !/^(code|p.label)/.test(t)),
    loose: formulas.filter(e => box(e).width > box(e.closest("p, td, li, div")).width + 2).length,
    figures: [...page.querySelectorAll("figure img")].map(e => ({
      alt: e.alt, loaded: e.naturalWidth > 0,
      filled: Math.max(box(e).width / box(body).width, box(e).height / (box(body).height - own(e))),
      width: box(e).width, height: box(e).height,
      label: LABEL * box(e).width / e.dataset.width,
      alone: ![...body.querySelectorAll(".text, .list, .output, .code, .box")].some(isShown),
    })),
    notes: [...slide.querySelectorAll("aside.notes")].filter(isShown).length,
    label: slide.getAttribute("aria-label"),
  };
}
"""

STACK = """
() => {
  const style = document.createElement("style");
  style.textContent = `
    html, body, .reveal, .reveal .slides, .reveal .slides section {
      position: static !important; display: block !important; visibility: visible !important;
      transform: none !important; opacity: 1 !important; pointer-events: auto !important; }
    html, body, .reveal, .reveal .slides { height: auto !important; overflow: visible !important; }
    .reveal .slides { zoom: 1 !important; }
    .controls, .slide-number { display: none !important; }`;
  document.head.append(style);
  for (const section of document.querySelectorAll(".slides section")) {
    section.removeAttribute("hidden");
    section.removeAttribute("aria-hidden");
  }
  for (const answer of document.querySelectorAll(".fragment")) answer.classList.add("visible");
}
"""


@dataclass
class Deck:
    """An open deck: its page, its measured slides, and what the browser complained of."""

    page: object
    complaints: list[str] = field(default_factory=list)

    def open(self, address: str) -> "Deck":
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("pageerror", lambda error: self._note("error", str(error)))
        self.page.goto(address)
        self.page.wait_for_selector("html[data-ready]")
        return self

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def stack(self) -> None:
        """Show all slides below each other, each as it is when it is presented."""
        self.page.evaluate(STACK)

    def slides(self) -> Iterator[dict]:
        """Each slide as it is with every answer shown and every fold closed."""
        for index in range(self.page.evaluate("Reveal.getTotalSlides()")):
            yield self.page.evaluate(MEASURE, index)
