"""The widgets of the lectures: found in the built notebooks, driven in JupyterLab by their keys."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.browser.jupyter import ROOT

CALL = "widgets.explore("


@dataclass(frozen=True)
class Widget:
    """One call of `widgets.explore`; `alt` describes the panels that stand for it on paper."""

    lecture: str
    name: str
    source: str
    alt: str

    def __str__(self) -> str:
        return f"{self.lecture}: {self.name}"


def find_widgets() -> list[Widget]:
    """Every widget of every lecture."""
    return [widget for path in sorted((ROOT / "lectures").glob("*.ipynb")) for widget in _in(path)]


def _in(path) -> Iterator[Widget]:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and CALL in source:
            metadata = [output["metadata"] for output in cell["outputs"] if "metadata" in output]
            alt = next(said["image/png"]["alt"] for said in metadata if "image/png" in said)
            yield Widget(path.stem, _name(source), source, alt)


def _name(source: str) -> str:
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    (call,) = [call for call in calls if ast.unparse(call.func) + "(" == CALL]
    return next(ast.literal_eval(given.value) for given in call.keywords if given.arg == "name")


class Live:
    """A widget as it stands in an open notebook whose cells have run."""

    def __init__(self, notebook, widget: Widget):
        self.page = notebook.page
        cell = notebook.cell(widget.source)
        self.image = cell.locator("img.dgm-explore")
        self.image.wait_for()
        self.sliders = cell.locator(".widget-slider .noUi-handle").all()

    def press(self, slider, key: str) -> bool:
        """Focus a slider, press a key as a reader does; whether another picture appears."""
        before = self.image.get_attribute("src")
        slider.focus()
        self.page.keyboard.press(key)
        for _ in range(40):
            if self.image.get_attribute("src") != before:
                return True
            self.page.wait_for_timeout(25)
        return False

    def seconds(self, slider, key: str) -> float:
        """From a key press until the image on the page has changed, after a moment's rest."""
        self.page.wait_for_timeout(80)
        return self.page.evaluate(
            """async ([key, handle, image]) => {
                const before = image.src, start = performance.now();
                handle.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
                while (image.src === before && performance.now() - start < 2000)
                    await new Promise(requestAnimationFrame);
                return (performance.now() - start) / 1000;
            }""",
            [key, slider.element_handle(), self.image.element_handle()],
        )

    def round(self, presses: int) -> list[float]:
        """Seconds of some presses, there and back, on one slider after another."""
        keys = ("ArrowRight", "ArrowLeft")
        many = len(self.sliders)
        return [self.seconds(self.sliders[i // 2 % many], keys[i % 2]) for i in range(presses)]


def panels(alt: str) -> list[str]:
    """The text alternative of each still panel, from that of all of them in one picture."""
    said, listed = re.fullmatch(r"(.*) From top to bottom: (.*)\.", alt).groups()
    return [f"{said} {setting}" for setting in listed.split("; ")]
