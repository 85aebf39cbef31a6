"""A thousand notebooks damaged at random: each is graded, none earns more than the whole one."""

import itertools
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import pytest

from dgm_course.grading.grade import Grader

from .classroom import FULL, answered, blank, filled, handed_in, points, prepared, source
from .corruptions import EVERY, NAME, damaged, ways

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

EACH = 250  # of each of four notebooks
SCHEMA = Path(__file__).parents[2] / "docs/grading-results.schema.json"

# Right but for one case: NaN at 0, 0 far from the data, no mean added.  What would put them right
# (REPAIRS) is nowhere in these notebooks, so that no damage does so by chance.
PARTLY = {
    "00": {
        "kde_log_prob": """def kde_log_prob(x, data, bandwidth):
    z = (x[:, None] - data) / bandwidth
    kernel = (-0.5 * z**2 - math.log(bandwidth) - 0.5 * math.log(2 * math.pi)).sum(-1)
    return kernel.exp().mean(-1).log()
""",
        "push_forward": """def push_forward(noise, mean, covariance):
    return noise @ torch.linalg.cholesky(covariance).T
""",
    },
    "01": {
        "entropy": """def entropy(p):
    return -(p * p.log()).sum(-1)
""",
        "kl_divergence": """def kl_divergence(p, q):
    return (p * (p / q).log()).sum(-1)
""",
    },
}
UNDONE = {
    "00": ("log_likelihood", "choose_bandwidth", "sample_histogram"),
    "01": ("js_divergence", "fit_gaussian", "f_divergence"),
}
HALF = {
    "00": {"gaussian_mle": 3, "kde_log_prob": 3, "outlier_auc": 3, "push_forward": 4},
    "01": {"information": 2, "entropy": 3, "kl_divergence": 3, "kl_gaussians": 5},
}
REPAIRS = {
    "00": {"logsumexp", "logaddexp", "log_softmax", "double", "float64"},
    "01": {"where", "xlogy", "entr", "nansum", "nan_to_num", "masked_fill", "clamp", "isnan"},
}
MODULES = ("00", "01")
BASES = list(itertools.product(MODULES, ("full", "half")))


def half_right(module: str) -> bytes:
    """A notebook with about half the points, and some of them for answers nearly right."""
    stubs = {cell["id"]: source(cell) for cell in blank(module)["cells"]}
    stubs = {name: stubs[name] for name in UNDONE[module]}
    return json.dumps(answered(module, **PARTLY[module], **stubs)).encode()


def grade_all(module: str, notebooks: list[bytes]) -> list[dict]:
    """Results in order, from two graders at once; whatever a grader raises is raised."""
    local, graders = threading.local(), []

    def grade(data: bytes) -> dict:
        if not hasattr(local, "grader"):
            local.grader = Grader(prepared(module))
            graders.append(local.grader)
        return local.grader.grade(handed_in(data))

    with ThreadPoolExecutor(2) as pool:
        try:
            return list(pool.map(grade, notebooks))
        finally:
            for grader in graders:
                grader.room.stop()


@pytest.fixture(scope="module", params=BASES, ids="-".join)
def graded(request):
    """A notebook, its result, and the results of its damaged copies: (how, result)."""
    module, kind = request.param
    good = filled(module) if kind == "full" else half_right(module)
    first = EACH * BASES.index(request.param)
    copies = [damaged(seed, good) for seed in range(first, first + EACH)]
    original, *found = grade_all(module, [good, *(data for _, data in copies)])
    return module, kind, original, list(zip((how for how, _ in copies), found, strict=True))


def test_the_notebooks_earn_everything_and_about_half(graded):
    module, kind, original, _ = graded
    full = {e.name: e.points for e in prepared(module).lab.exercises}
    wanted = full if kind == "full" else dict.fromkeys(full, 0) | HALF[module]
    assert points(original) == wanted
    assert kind == "full" or 0.4 < original["points"] / FULL[module] < 0.6


@pytest.mark.parametrize("module", MODULES)
def test_nothing_in_the_half_right_notebook_could_repair_it(module):
    cells = [c for c in json.loads(half_right(module))["cells"] if c["cell_type"] == "code"]
    assert not REPAIRS[module] & {word for cell in cells for word in NAME.findall(source(cell))}


def test_no_damage_earns_more_than_the_original(graded):
    _, _, original, each = graded
    most = points(original)
    for how, found in each:
        assert found["points"] <= original["points"], how
        assert all(got <= most[name] for name, got in points(found).items()), how


def test_every_damaged_notebook_gets_a_valid_result(graded):
    schema = json.loads(SCHEMA.read_text("utf-8"))
    valid = jsonschema.Draft202012Validator({**schema["$defs"]["result"], "$defs": schema["$defs"]})
    for how, found in graded[-1]:
        assert json.loads(json.dumps(found)) == found
        assert [error.message for error in valid.iter_errors(found)] == [], how
        assert "sandbox" not in {e["ended"] for e in found["exercises"]}, how


def test_every_lost_point_has_its_sentence(graded):
    for how, found in graded[-1]:
        if found["problem"]:
            assert re.fullmatch(r"The (file|notebook) .*\.", found["problem"]), how
            continue
        for exercise in found["exercises"]:
            said = [line["text"] for line in exercise["lines"] if not line["holds"]]
            assert said or exercise["points"] == exercise["max_points"], how
            assert all(text.strip() and text.isprintable() for text in said), how


def test_both_what_can_be_read_and_what_cannot_is_among_them(graded):
    _, _, original, each = graded
    unread = sum(bool(found["problem"]) for _, found in each)
    less = sum(found["points"] < original["points"] for _, found in each) - unread
    assert min(unread, less) > EACH / 20


def test_every_way_to_damage_is_tried():
    tried = {way for seed in range(EACH * len(BASES)) for way in ways(seed)}
    assert tried == set(EVERY)
