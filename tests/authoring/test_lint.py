"""Every rule fires once on a source that breaks it, and is silent on one that does not."""

import pytest

from dgm_course.authoring.lint import NAMES, lint

from .samples import EXERCISE, LAB, FakeExercise, FakeLab, document, lab, lecture

MORE_NOTES = '# %% [markdown] slide="notes"\n# **1 min.** Go on.'
FIGURE = {"data": {"image/png": "…"}, "metadata": {"image/png": {"alt": "a dot"}}}


def nodes(count, figures):
    """Executed cells of which the first `figures` show one figure each."""
    shown = [{"outputs": [FIGURE]}] * figures
    return shown + [{"outputs": []}] * (count - figures)


def said(tmp_path, text, lab=None, nodes=None):
    key = "lectures/01_small" if lab is None else "labs/01_small"
    return lint(document(tmp_path, text, key), lab, nodes)


def test_a_good_lecture_and_a_good_lab_draw_no_message(tmp_path):
    assert said(tmp_path, lecture(48), nodes=nodes(48, 8)) == []
    assert said(tmp_path, lab(), LAB, nodes(28, 0)) == []


def one(problems, line, says):
    [problem] = problems
    assert says in problem.message
    assert problem.line == line


@pytest.mark.parametrize(("cells", "says"), [(44, "44 cells"), (71, "71 cells")])
def test_lectures_have_45_to_70_cells(tmp_path, cells, says):
    one(said(tmp_path, lecture(cells)), 0, says)


@pytest.mark.parametrize(("fill", "says"), [(1, "24 cells"), (23, "46 cells")])
def test_labs_have_25_to_45_cells(tmp_path, fill, says):
    one(said(tmp_path, lab(fill=fill), LAB), 0, says)


def test_a_lecture_has_a_figure_for_every_six_cells(tmp_path):
    one(said(tmp_path, lecture(49), nodes=nodes(49, 8)), 0, "8 figures in 49 cells")


def test_a_cell_has_one_figure(tmp_path):
    executed = nodes(48, 8)
    executed[3] = {"outputs": [FIGURE, FIGURE]}
    line = document(tmp_path, lecture(48)).cells[3].line
    one(said(tmp_path, lecture(48), nodes=executed), line, "2 figures in one cell")


def append(text, extra):
    """The text with a cell appended, and the line that the cell's text starts at."""
    return f"{text}\n{extra}\n", text.count("\n") + 3


@pytest.mark.parametrize(
    ("extra", "at", "says"),
    [
        ("# %%\n" + "x = 1\n" * 31, 0, "31 lines of code"),
        ("# %%\nx = 1\nlogvar = 2", 1, "the course's name is `log_std`"),
        ("# %%\ndef f(q_log_var): pass", 0, "`log_std`"),
        ("# %%\nclass netG: pass", 0, "`generator`"),
        ("# %%\nx = timesteps + 1", 0, "`t` in [0, 1]"),
        ("# %% [markdown]\n# #### Deep", 0, "from level 1 to 4"),
        (f"# %% [markdown]\n# # Second\n{MORE_NOTES}", 0, "a second title"),
        ("# %% [markdown]\n# took {{seconds}} s", 0, "only in the first cell"),
        ("# %% [markdown]\n# a\n#\n# > [!NOTE]\n# > b", 2, "GitHub alert"),
        ("# %% [markdown]\n# " + "word " * 121, 0, "121 words"),
    ],
)
def test_rules_of_single_cells_name_their_line(tmp_path, extra, at, says):
    text, line = append(lecture(48), extra)
    one(said(tmp_path, text), line + at, says)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_the_table_is_found_alone_and_in_parts(tmp_path, name):
    text, line = append(lecture(48), f"# %%\nmy_{name}_0 = 1")
    one(said(tmp_path, text), line, f"'my_{name}_0'")


@pytest.mark.parametrize("code", ["imgs.shape", "f(mu=1)", "mutual = 1", "info = 1", "x.logvar"])
def test_other_names_and_those_of_libraries_are_left_alone(tmp_path, code):
    found = said(tmp_path, append(lecture(48), f"# %%\n{code}")[0])
    assert [p for p in found if "imgs" not in p.message] == []


def test_the_median_code_cell_is_short(tmp_path):
    text = lecture(48).replace("# %%\nx = ", "# %%\n" + "y = 0\n" * 8 + "x = ")
    median, first = said(tmp_path, text)
    assert "the median code cell has 9 lines" in median.message
    assert "9 lines in the first code cell" in first.message


def test_the_title_stands_first(tmp_path):
    text = "# %%\nx = 1\n" + lecture(48).replace("{{", "").replace("}}", "")
    one(said(tmp_path, text), 2, "one `# Title`, in the first cell")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("def third(", "def thrid(", "does not define it"),
        ('    """x + 1: () -> ()."""\n', "", "no docstring"),
        ('"""x + 1: () -> ()."""', '"""  """', "no docstring"),
        ("    ### BEGIN SOLUTION\n", "", "needs one"),
        ("    ### END SOLUTION\n", "    ### END SOLUTION\n    ### END SOLUTION\n", "needs one"),
        ("    secret = 1\n    return x + secret\n", "    # here\n", "is empty"),
        ("    ### END SOLUTION\n", "y = 2\n    ### END SOLUTION\n", "needs one"),
        ("check(third)", "check(second)", "is one line that names it"),
        ("check(third)", "check(third)\nx = 1", "is one line that names it"),
        ("# Add one.", "# ```python\n# x + 1\n# ```", "a hint shows code"),
    ],
)
def test_rules_of_exercises(tmp_path, before, after, says):
    exercise = EXERCISE.format(name="third")
    assert before in exercise
    text = lab().replace(exercise, exercise.replace(before, after, 1))
    [problem] = said(tmp_path, text, LAB)
    assert says in problem.message
    assert problem.line > 0


def test_an_exercise_has_two_hints(tmp_path):
    exercise = EXERCISE.format(name="third")
    cut = exercise[: exercise.rindex("# <details>")]
    [problem] = said(tmp_path, lab().replace(exercise, cut), LAB)
    assert "1 hints for third" in problem.message


@pytest.mark.parametrize("role", ["card", "stub", "check", "hints"])
def test_an_exercise_is_four_cells(tmp_path, role):
    cells = lab(fill=8).split("\n# %%")
    kept = [cell for cell in cells if f'{role}="third"' not in cell]
    [problem] = said(tmp_path, "\n# %%".join(kept), LAB)
    assert f"the {role} of third is missing" in problem.message


def test_exercises_follow_the_order_of_their_file(tmp_path):
    names = ("first", "third", "second", "fourth", "fifth")
    [problem] = said(tmp_path, lab(names), LAB)
    assert "the card of third stands here where the card of second is due" in problem.message


def test_an_exercise_stands_in_a_lab_once(tmp_path):
    text = lab() + EXERCISE.format(name="fifth")
    [problem] = said(tmp_path, text, LAB)
    assert "the card of fifth stands here where the next exercise is due" in problem.message


def test_a_lab_has_five_to_seven_exercises_and_an_hour_of_work(tmp_path):
    few = FakeLab("01_small", tuple(FakeExercise(name, minutes=5) for name in "abcd"))
    minutes, count = said(tmp_path, lab("abcd", fill=9), few)
    assert "4 exercises, where a lab has 5 to 7" in count.message
    assert "20 minutes of exercises" in minutes.message
