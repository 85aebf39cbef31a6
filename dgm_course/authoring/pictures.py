"""What a reader will make, as a strip of pictures: a figure of each module, and a lab's check.

The figures are those of the committed lectures, byte for byte.  The check is that of an exercise on
one of its known wrong answers: *target | yours* as drawn in the lab, and the line that names the
mix-up.
"""

import base64
import io
from pathlib import Path

from dgm_course.authoring import notebook
from dgm_course.authoring.modules import Module, load_modules
from dgm_course.authoring.problem import BuildError, Problem

FOLDER = "docs/images"
NEWEST = 2  # modules shown on the strip
CHECK = f"{FOLDER}/check.png"
MIXED_UP = ("01", "kl_divergence", "kl_swapped")  # lab, exercise, known wrong answer
CHECK_ALT = (
    "Two panels, target and yours: {what} On the right a wrong answer, drawn over the target."
)
TOLERANCE = 2.0  # of 255: another machine may draw a line's edge a little differently


def figure(root: Path, module: Module) -> tuple[str, bytes]:
    """(text alternative, PNG) of the figure that a module shows; raises BuildError without it."""
    found = []
    for cell in notebook.load(root / module.lecture)["cells"]:
        for output in cell.get("outputs", []):
            alt = output.get("metadata", {}).get("image/png", {}).get("alt", "")
            if module.picture.alt in alt:
                found.append((alt, base64.b64decode(notebook.text_of(output["data"]["image/png"]))))
    if len(found) != 1:
        message = f"{len(found)} figures say {module.picture.alt!r}, expected one"
        raise BuildError([Problem(module.lecture, 0, message)])
    return found[0]


def path(module: Module) -> str:
    """Where a module's picture is put."""
    return f"{FOLDER}/{module.name}.png"


def shown(root: Path) -> list[Module]:
    """The modules that have a picture."""
    return [module for module in load_modules(root) if module.picture]


def files(root: Path) -> dict[str, bytes]:
    """Every picture by its path."""
    return {**{path(m): figure(root, m)[1] for m in shown(root)}, CHECK: _check()[0]}


def strip(root: Path, folder: str) -> list[tuple[str, str]]:
    """(caption, Markdown) of the newest modules' pictures and of the check; `folder` has them."""
    parts = []
    for module in shown(root)[-NEWEST:]:
        alt, _ = figure(root, module)
        caption = f"{module.picture.caption} ({module.number:02d})"
        parts.append((caption, _image(alt, f"{folder}/{module.name}.png")))
    _, alt, sentence = _check()
    image = _image(alt, f"{folder}/check.png")
    return [*parts, ("Each check says which idea was mixed up", f"{image}<br>{sentence}")]


def table(parts: list[tuple[str, str]]) -> str:
    """Side by side, for a page of Markdown."""
    rows = [[caption for caption, _ in parts], ["---"] * len(parts), [body for _, body in parts]]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def cards(parts: list[tuple[str, str]]) -> str:
    """Side by side where there is room, for a page of the site."""
    found = [f":::{{grid-item-card}} {caption}\n{body}\n:::" for caption, body in parts]
    return "\n".join(["::::{grid} 1 1 3 3", ":gutter: 3", "", *found, "::::"])


def _image(alt: str, path: str) -> str:
    return f"![{alt.replace('[', '(').replace(']', ')').replace('|', '/')}]({path})"


def _check() -> tuple[bytes, str, str]:
    """PNG, text alternative and the line of the check of the known wrong answer."""
    from dgm_course import picture, plot
    from dgm_course.exercises import lab, numbers
    from dgm_course.exercises.exercise import draw
    from dgm_course.exercises.judge import judge
    from dgm_course.exercises.observe import observe

    module, name, wrong = MIXED_UP
    exercise = lab.load(module).find(name)
    known = numbers.Computed(exercise, draw(exercise, lab.SEED))
    seen = observe(exercise, (known.answers.wrong[wrong],), known.inputs)
    verdict = judge(exercise, known.inputs, seen, known)
    fig, axes = plot.make_figure(1, 2, **lab.PANELS)
    lab.draw_picture(axes, exercise, known.inputs, seen, known)
    png = picture.png(fig)
    plot.pyplot().close(fig)
    line = next(line.text for line in verdict.lines if not line.holds)
    return png, CHECK_ALT.format(what=exercise.picture.alt), f"✗ {line}"


def same(a: bytes, b: bytes) -> bool:
    """Whether two PNGs look the same."""
    import numpy as np
    from PIL import Image

    if a == b:
        return True
    one, two = (np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), float) for png in (a, b))
    return one.shape == two.shape and bool(abs(one - two).mean() < TOLERANCE)
