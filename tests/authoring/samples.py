"""Small sources that keep every rule, to be broken one rule at a time."""

from dataclasses import dataclass
from pathlib import Path

from dgm_course.authoring.build import build
from dgm_course.authoring.layout import Source
from dgm_course.authoring.source import Document, read


@dataclass(frozen=True)
class FakeExercise:
    """As much of an Exercise as the builder reads."""

    name: str
    title: str = "Add one"
    difficulty: int = 2
    minutes: int = 12
    points: int = 4


@dataclass(frozen=True)
class FakeLab:
    name: str
    exercises: tuple[FakeExercise, ...]


NAMES = ("first", "second", "third", "fourth", "fifth")
LAB = FakeLab("01_small", tuple(FakeExercise(name) for name in NAMES))


def find_fake_lab(name: str) -> FakeLab:
    return LAB


NOTES = """# %% [markdown] slide="notes"
# **80 min.** Let them ask.
"""
TITLE = """# %% [markdown]
# # A small notebook
# {{minutes}} minutes to read, {{seconds}} seconds to run.
"""
SHOW = """# %%
show("{alt}")
"""
SETUP = """# %%
import base64
from IPython.display import display
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
def show(alt):
    display({"image/png": PIXEL}, metadata={"image/png": {"alt": alt}}, raw=True)
"""
EXERCISE = '''# %% [markdown] card="{name}"
# Return $x + 1$.

# %% stub="{name}"
def {name}(x):
    """x + 1: () -> ()."""
    ### BEGIN SOLUTION
    secret = 1
    return x + secret
    ### END SOLUTION

# %% check="{name}"
check({name})

# %% [markdown] hints="{name}"
# <details>
# <summary>Where to look</summary>
#
# At the sum.
#
# </details>
# <details>
# <summary>The line in words</summary>
#
# Add one.
#
# </details>
'''
CHECK = """# %%
import os
def check(function):
    try:
        print("right" if function(1) == 2 else "wrong")
    except NotImplementedError:
        print("not attempted yet")
        assert os.environ.get("DGM_STRICT") != "1"
"""


def lecture(cells: int = 48) -> str:
    """A lecture that keeps every rule, given a figure in every sixth cell; notes come on top."""
    body = [
        f"# %%\nx = {i}\n" if i % 2 else f"# %% [markdown]\n# Claim {i}.\n" for i in range(cells)
    ]
    return "\n".join([TITLE, NOTES, *body[1:]])


def lab(names=NAMES, fill: int = 5) -> str:
    """A lab that keeps every rule: five exercises and some prose."""
    prose = [f"# %% [markdown]\n# Some prose, {i}.\n" for i in range(fill)]
    parts = (TITLE, CHECK, "# %% [markdown]\n# ## Exercises\n", *prose)
    return "\n".join([*parts, *(EXERCISE.format(name=name) for name in names)])


def put(root: Path, key: str, text: str) -> Source:
    """Write a source under `root`."""
    source = Source(root, *key.split("/"))
    source.path.parent.mkdir(parents=True, exist_ok=True)
    source.path.write_text(text, encoding="utf-8")
    return source


def document(root: Path, text: str, key: str = "lectures/01_small") -> Document:
    return read(put(root, key, text))


def run(root: Path, names=(), **options):
    """Build under `root` with the fake exercises and no progress bar."""
    return build(names, root=root, lab=find_fake_lab, show_progress=False, **options)
