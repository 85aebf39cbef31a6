"""Committed notebooks as pages of the site, as downloads, and as the copy that Colab opens.

A page is the notebook with its outputs and with links above its text.  The answers of a solution
are folded.
"""

import json
import re
from collections.abc import Iterable

from dgm_course.authoring.notebook import text_of
from dgm_course.authoring.site.publication import Publication

FOLDED = "hide-input"
INSTALL = (
    '__import__("importlib").util.find_spec("dgm_course") or '
    'get_ipython().run_line_magic("pip", "install -q git+{repository}@{branch}")'
)


def page(raw: dict, above: str) -> dict:
    """A notebook as it is shown: `above` stands between its title and its text."""
    first, *others = raw["cells"]
    title, _, rest = text_of(first["source"]).partition("\n")
    linked = {**first, "source": f"{title}\n\n{above}\n\n{rest.strip()}"}
    return {**raw, "cells": [linked, *others]}


def with_folded_answers(raw: dict) -> dict:
    """A solution, named as one, whose answers are seen by those who ask for them."""
    title, *cells = [_folded(cell) if _is_answer(cell) else cell for cell in raw["cells"]]
    named = re.sub("^# ", "# Solution of ", text_of(title["source"]))
    return {**raw, "cells": [{**title, "source": named}, *cells]}


def for_colab(raw: dict, publication: Publication) -> dict:
    """A lab that begins by installing the package, where it is not installed."""
    values = {"repository": publication.repository, "branch": publication.branch}
    cell = {
        "cell_type": "code",
        "id": "install",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": INSTALL.format(**values),
    }
    return {**raw, "cells": [cell, *raw["cells"]]}


def headings(raw: dict) -> list[str]:
    """What the sections of a notebook claim."""
    texts = (text_of(cell["source"]) for cell in raw["cells"] if cell["cell_type"] == "markdown")
    return [line for text in texts for line in re.findall(r"^## (.+)$", text, re.MULTILINE)]


def dump(raw: dict) -> str:
    """A notebook as the text of its file."""
    return json.dumps(raw, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _tags(cell: dict) -> Iterable[str]:
    return cell["metadata"].get("tags", [])


def _is_answer(cell: dict) -> bool:
    return cell["metadata"].get("nbgrader", {}).get("solution", False)


def _folded(cell: dict) -> dict:
    prompts = {"code_prompt_show": "Show an answer", "code_prompt_hide": "Fold the answer"}
    tags = sorted({*_tags(cell), FOLDED})
    return {**cell, "metadata": {**cell["metadata"], "tags": tags, "mystnb": prompts}}
