"""A class of twenty submissions to lab 01, such as students hand in: made from the lab itself."""

import inspect
import json
import random
import types
from pathlib import Path

from dgm_course.exercises.answers import information, information_gaussians
from dgm_course.exercises.information import LAB

ROOT = Path(__file__).resolve().parents[2]
MODULE = "01"
IMPORTS = "import math\nimport numpy as np\nimport torch\nfrom torch.special import entr, xlogy\n"
EXTRAS = (
    "import matplotlib.pyplot as plt\nimport torch",
    "def plogp(p):\n    return torch.where(p > 0, p * p.log(), 0)",
    "for k in range(2, 6):\n    print(k, entropy(torch.full((k,), 1 / k)))",
    "fig, ax = plt.subplots()\nax.plot(torch.linspace(0.1, 1, 50), "
    "information(torch.linspace(0.1, 1, 50)))\nplt.show()",
)
HELPED = "def entropy(p):\n    print('shape', p.shape)\n    return -plogp(p).sum(-1)"
TYPO = "def js_divergence(p, q)\n    m = (p + q) / 2\n    return m"
CRASH = "import ctypes\n\ndef information(p):\n    return ctypes.string_at(0)"


def notebook(folder: str) -> Path:
    """The lab's notebook as handed out ("labs") or with its solutions ("solutions")."""
    return next((ROOT / folder).glob(f"{MODULE}_*.ipynb"))


def cells_handed_out() -> tuple[str, ...]:
    """The lab's cells of code."""
    cells = json.loads(notebook("labs").read_text("utf-8"))["cells"]
    return tuple("".join(c["source"]) for c in cells if c["cell_type"] == "code")


def twenty(seed: int = 0) -> dict[str, bytes]:
    """Notebooks by student: 8 all right, 7 with one to three known wrong answers, 3 half done,
    one with a syntax error, one that crashes Python; every fourth with prints, a plot and a helper.
    """
    rng = random.Random(seed)
    kinds = ["right"] * 8 + ["wrong"] * 7 + ["half"] * 3 + ["typo", "crash"]
    class_ = {}
    for number, kind in enumerate(kinds):
        answers = _answers(kind, rng)
        extras = EXTRAS if number % 4 == 0 else ()
        if extras and kind == "right":
            answers["entropy"] = HELPED
        class_[f"student_{number:02}"] = _filled(answers, extras)
    return class_


def _answers(kind: str, rng: random.Random) -> dict[str, str]:
    """The cells that a student wrote."""
    answers, names = _solutions(), [e.name for e in LAB.exercises]
    if kind == "wrong":
        for name in rng.sample(names, rng.randint(1, 3)):
            answers[name] = _wrong(name, rng)
    if kind == "half":
        answers = {name: answers[name] for name in names[: rng.randint(2, 4)]}
    return answers | {"typo": {"js_divergence": TYPO}, "crash": {"information": CRASH}}.get(
        kind, {}
    )


def _solutions() -> dict[str, str]:
    cells = json.loads(notebook("solutions").read_text("utf-8"))["cells"]
    found = {c["id"]: "".join(c["source"]) for c in cells if c["cell_type"] == "code"}
    return {e.name: found[e.name] for e in LAB.exercises}


def _wrong(name: str, rng: random.Random) -> str:
    """A known wrong answer to an exercise, with the functions that it calls."""
    wrong = rng.choice(sorted(LAB.find(name).misconceptions))
    home = next(m for m in (information, information_gaussians) if hasattr(m, wrong))
    functions = _called(getattr(home, wrong), home)
    return "\n\n".join([IMPORTS, *map(inspect.getsource, functions), f"{name} = {wrong}"])


def _called(function: types.FunctionType, home: types.ModuleType) -> list[types.FunctionType]:
    """The functions of the file that a function needs, itself last."""
    inner = (getattr(home, name, None) for name in function.__code__.co_names)
    own = [f for f in inner if inspect.isfunction(f) and f.__module__ == home.__name__]
    return [*(g for f in own for g in _called(f, home)), function]


def _filled(answers: dict[str, str], extras: tuple[str, ...]) -> bytes:
    lab = json.loads(notebook("labs").read_text("utf-8"))
    for cell in lab["cells"]:
        if cell["id"] in answers:
            cell["source"] = answers[cell["id"]]
    new = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    written = [{**new, "id": f"extra-{n}", "source": text} for n, text in enumerate(extras)]
    lab["cells"] = [*written[:2], *lab["cells"], *written[2:]]
    return json.dumps(lab).encode()
