"""What looks odd and harms nobody: every point is kept, whatever else the notebook does."""

import pytest

from tests.grading.attacks import files, survivors
from tests.grading.classroom import FULL, answered, code, filled, grade, said
from tests.grading.test_attacks_notebooks import handed

pytestmark = pytest.mark.sandbox
ENTROPY = "def entropy(p):\n    return -torch.special.xlogy(p, p).sum(-1)"
MINE = ENTROPY.replace("entropy", "mine")


def _first(line: str) -> str:
    """The right answer, after another line."""
    return ENTROPY.replace("    return", f"    {line}\n    return")


CELLS = {
    "an endless loop at the top": "while True:\n    pass",
    "an end of Python at the top": "import os\nos._exit(0)",
    "exit() and quit()": "exit()\nquit()",
    "input() at the top": "name = input('your name? ')",
    "magics and shell commands": "%matplotlib inline\n%timeit -n1 -r1 1\n!ls\nlen?\n%pip list",
    "a cell of another language": "%%bash\necho hello",
    "a cell of a language that is not there": "%%perl6\nsay 1",
    "pictures": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
    "await": "import asyncio\nawait asyncio.sleep(0)",
    "a syntax error": "def broken(:\n    pass",
    "a hundred thousand parentheses": "(" * 100_000,
    "a sum of twelve hundred": "total = " + " + ".join(["1"] * 1200),
    "a sum of twenty thousand": "total = " + " + ".join(["1"] * 20_000),
    "a thousand magics": "%x\n" * 1000,
    "a null byte": "a = '\0'",
    "a form feed and carriage returns": "\x0cimport os\r\nx = 1\r",
    "letters that look alike": "ﬁt = 1\nｘ = ﬁt\n",
    "a warning that is an error": "import warnings\nwarnings.simplefilter('error')",
    "a star import that hides names": "from math import *\nfrom os.path import *",
    "a package missing": "import tensorflow as tf\nmodel = tf.keras.Model()",
    "its own check": "def check(*_):\n    print('all points')",
    "names deleted": "import os\ndel os\ntry:\n    del p\nexcept NameError:\n    pass",
    "a great deal of text": "text = '''" + "x" * 900_000 + "'''",
    "annotations that are strings": "from __future__ import annotations\nx: Unknown = 5",
    "a future that does not exist": "from __future__ import braces",
    "a timer": "import signal\nsignal.alarm(1)",
    "merge markers in a cell": "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other",
}
ANSWERS = {
    "an answer that prints": ENTROPY.replace("    return", "    print(p)\n    return"),
    "an answer that warns": ENTROPY.replace(
        "    return", "    import warnings\n    warnings.warn('odd')\n    return"
    ),
    "an answer that is slow": ENTROPY.replace(
        "    return", "    import time\n    time.sleep(0.4)\n    return"
    ),
    "an answer that plots": ENTROPY.replace(
        "    return",
        "    import matplotlib.pyplot as plt\n    plt.plot([1])\n    plt.show()\n    return",
    ),
    "a decorator": "@torch.no_grad()\n" + ENTROPY,
    "global names": "calls = 0\n" + _first("global calls\n    calls += 1"),
    "a name written with other letters": ENTROPY.replace("entropy", "ｅntropy"),
    "a helper under exec": f"exec({ENTROPY!r})\ndef unused():\n    pass",
    "a helper in a dictionary": "helpers = {}\n"
    + MINE
    + "\nhelpers['a'] = mine\ndef entropy(p):\n    return helpers['a'](p)",
    "threads of its own": "from concurrent.futures import ThreadPoolExecutor\n"
    + MINE
    + "\ndef entropy(p):\n    with ThreadPoolExecutor(2) as pool:\n"
    "        return pool.submit(mine, p).result()",
    "processes of its own": "import multiprocessing\n"
    + MINE
    + "\ndef entropy(p):\n    with multiprocessing.get_context('fork').Pool(2) as pool:\n"
    "        return pool.apply(mine, (p,))",
    "a temporary file": "import tempfile\n"
    + ENTROPY.replace("    return", "    tempfile.TemporaryFile().write(b'x')\n    return"),
    "a future": "from __future__ import annotations\n" + ENTROPY.replace("(p)", "(p: Unknown)"),
    "memory within the limit": _first("x = torch.ones(1 << 26)"),
    "a definition that comes twice": "def entropy(p):\n    return 0\n" + ENTROPY,
    "a class with a method": "class Own:\n    @staticmethod\n    "
    + ENTROPY.replace("\n", "\n    ")
    + "\nentropy = Own.entropy",
}


def _full(result) -> None:
    assert result["points"] == FULL["01"], said(result, "entropy")
    assert not result["problem"] and survivors() == [] and files() == []


def test_cells_beside_the_answers_cost_nothing_together():
    notebook = answered("01")
    others = [code(text) for text in CELLS.values()]
    notebook["cells"] = [*others, *notebook["cells"], *others]
    _full(grade(handed(notebook)))


@pytest.mark.parametrize("name", ANSWERS)
def test_full_marks_for(name):
    _full(grade(filled("01", entropy=ANSWERS[name])))


def test_a_file_written_by_one_cell_and_imported_by_another():
    cell = "%%writefile helper.py\nimport torch\n" + ENTROPY
    notebook = answered("01", before=cell, entropy="from helper import entropy")
    _full(grade(handed(notebook)))


def test_an_answer_hidden_from_us_counts_though_another_one_never_ends():
    hidden = "exec('def kl_gaussians(*a):\\n    return own(*a)')"
    own = answered("01")["cells"]
    text = next("".join(c["source"]) for c in own if c["id"] == "kl_gaussians")
    endless = "def entropy(p):\n    while True:\n        pass"
    own = text.replace("def kl_gaussians", "def own")
    result = grade(filled("01", entropy=endless, kl_gaussians=f"{own}\n{hidden}"))
    assert result["points"] == FULL["01"] - 4, said(result, "kl_gaussians")
