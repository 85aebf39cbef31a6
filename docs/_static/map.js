// The idea that the reader points at, taps or reaches by keyboard, with its lines and neighbours.
document.querySelectorAll(".course-map svg").forEach((map) => {
  const ideas = new Map([...map.querySelectorAll(".idea")].map((i) => [i.dataset.idea, i]));
  let asked = null;
  let touched = false;

  const ask = (idea) => {
    asked = idea;
    map.classList.toggle("asked", Boolean(idea));
    map.querySelectorAll(".near, .chosen").forEach((e) => e.classList.remove("near", "chosen"));
    if (!idea) return;
    idea.classList.add("near", "chosen");
    map.querySelectorAll(".step").forEach((step) => {
      const { from, to } = step.dataset;
      if (from !== idea.dataset.idea && to !== idea.dataset.idea) return;
      [step, ideas.get(from), ideas.get(to)].forEach((e) => e.classList.add("near"));
    });
  };
  const ideaOf = (event) => event.target.closest(".idea");

  map.addEventListener("pointerdown", (event) => { touched = event.pointerType !== "mouse"; });
  map.addEventListener("pointerover", (event) => {
    if (event.pointerType === "mouse") ask(ideaOf(event));
  });
  map.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse") ask(null);
  });
  map.addEventListener("focusin", (event) => { if (!touched) ask(ideaOf(event)); });
  map.addEventListener("focusout", () => { if (!touched) ask(null); });
  map.addEventListener("click", (event) => {
    if (!touched) return;
    const idea = ideaOf(event);
    if (idea && idea !== asked) event.preventDefault(); // the second tap follows the link
    ask(idea);
  });
});
