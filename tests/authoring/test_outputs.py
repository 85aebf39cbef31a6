"""What must not stand in a committed output, and the text alternatives of figures."""

import sys

import nbformat
import pytest
from nbformat import v4

from dgm_course.authoring.outputs import lift_alt, problems

from .samples import document


def shown(data, **metadata):
    return v4.new_output("display_data", data=data, metadata=metadata)


def stream(text, name="stdout"):
    return v4.new_output("stream", name=name, text=text)


PNG = {"image/png": "iVBORw0K", "text/plain": "Figure: a dot"}
ALT = {"image/png": {"alt": "a dot"}}


def said(tmp_path, output):
    doc = document(tmp_path, "# %% [markdown]\n# # T\n\n# %%\nx = 1\n")
    nb = v4.new_notebook(cells=[v4.new_markdown_cell("# T"), v4.new_code_cell("x = 1")])
    nb.cells[1].outputs = [output]
    return problems(nb, doc)


GOOD = [
    shown(PNG, **ALT),
    stream("KL = 0.0853 nats\n"),
    shown({"text/html": '<img src="data:image/png;base64,/tmp/" alt="a dot">'}),
    shown({"application/vnd.dgm.check+json": {"state": "right", "lines": []}}),
    stream("lectures/01_information.ipynb in tmp, at 0x, rooted\n"),
]
BAD = [
    (shown(PNG), "without a text alternative"),
    (shown(PNG, **{"image/png": {"alt": " "}}), "without a text alternative"),
    (shown({"text/html": "<img src='x.png'>"}), "without a text alternative"),
    (stream("UserWarning: no", "stderr"), "writes to stderr: 'UserWarning: no'"),
    (v4.new_output("error", ename="KeyError", evalue="", traceback=[]), "an error, KeyError"),
    (shown({"application/vnd.jupyter.widget-view+json": {"model_id": "a"}}), "a live widget"),
    (stream(f"{sys.prefix}/lib\n"), "belongs to this machine"),
    (shown({"text/plain": "<function f at 0x7f12ab34cd56>"}), "another one at every run"),
    (shown({"application/json": {"path": f"{sys.prefix}/x"}}), "belongs to this machine"),
]


@pytest.mark.parametrize("output", GOOD)
def test_what_may_be_committed_draws_no_message(tmp_path, output):
    assert said(tmp_path, output) == []


@pytest.mark.parametrize(("output", "says"), BAD)
def test_what_may_not_is_named_at_its_cell(tmp_path, output, says):
    [problem] = said(tmp_path, output)
    assert says in problem.message
    assert problem.line == 5


def test_the_repository_is_not_named(tmp_path):
    [problem] = said(tmp_path, stream(f"read {tmp_path}/data.npz"))
    assert str(tmp_path) in problem.message


def test_text_alternatives_are_lifted_to_their_cells():
    cell = v4.new_code_cell("x", outputs=[shown(PNG, **ALT)])
    other = v4.new_code_cell("x", outputs=[stream("x")])
    nb = lift_alt(nbformat.from_dict(v4.new_notebook(cells=[cell, other])))
    assert nb.cells[0].metadata["mystnb"]["image"]["alt"] == "a dot"
    assert "mystnb" not in nb.cells[1].metadata
