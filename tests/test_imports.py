"""The package as files: cheap to import, layered as in the design, small, and named as agreed."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dgm_course

ROOT = Path(dgm_course.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
HEAVY = ("matplotlib", "sklearn", "ipywidgets", "nbgrader", "IPython", "PIL", "tqdm", "jupytext")

# design.md, top to bottom; what stands in one row is read from left to right.
ROWS = {
    "data": "toy images text download",
    "nets": "mlp conv unet transformer embed",
    "models": "autoencoder vae autoregressive flow gan translation stylegan energy clip",
    "diffusion": "schedule denoiser sampler guidance inverse flow_matching latent discrete",
    "metrics": "divergence likelihood mmd frechet inception precision_recall",
    "train": "",
    "plot": "",
    "widgets": "",
    "check": "",
    "scenes": "",
    "scenes_density": "",
    "exercises": "",
    "grading": "",
    "authoring": "",
    "commands": "",
    "cli": "",
}
# design.md, the table of names: what is not written here because it has another name
BANNED = (
    "imgs|x_start|latent_vec|timesteps|ts|z1|alphas_cumprod|ladj|ldj|log_det|nll|mu|logvar|log_var|"
    "netG|netD|cfg_scale|n_embd|nf"
)


def module_name(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = [module_name(path) for path in FILES]
TREES = {module_name(path): ast.parse(path.read_text("utf8")) for path in FILES}
each = pytest.mark.parametrize("path", FILES, ids=module_name)

PROBE = """
import importlib, json, sys, time
import torch
seconds, heavy = {}, {}
for name in sys.argv[1:]:
    before, start = set(sys.modules), time.perf_counter()
    importlib.import_module(name)
    seconds[name] = time.perf_counter() - start
    new = {module.split(".")[0] for module in set(sys.modules) - before}
    heavy[name] = sorted(new & set(HEAVY))
print(json.dumps([seconds, heavy]))
"""


def probe(*names):
    """Import modules one by one in a fresh process that has torch: seconds, heavy libraries."""
    code = f"HEAVY = {HEAVY!r}\n{PROBE}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT.parent)}
    command = [sys.executable, "-c", code, *names]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def imported():
    return probe(*MODULES)


def test_importing_the_package_takes_no_time():
    seconds, _ = probe("dgm_course")
    assert seconds["dgm_course"] < 0.05


@pytest.mark.parametrize("name", MODULES)
def test_no_module_imports_a_heavy_library_at_import(imported, name):
    seconds, heavy = imported
    assert heavy[name] == []
    assert seconds[name] < 0.5


def test_the_light_modules_do_not_even_need_torch():
    light = [name for name in MODULES if name.startswith(("dgm_course.commands", "dgm_course.cli"))]
    code = "import sys, importlib\nfor n in sys.argv[1:]: importlib.import_module(n)\n"
    code += "assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code, *light], check=True, cwd=ROOT.parent)


def imports(name):
    """The modules of the package that a module imports, anywhere in it."""
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import"
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            found = [m if m in MODULES else node.module for m in inside]
        else:
            continue
        yield from (m for m in found if m in MODULES and m != "dgm_course")


def row_of(name):
    top = name.split(".")[1]
    assert top in ROWS, f"{name}: its place in the order of imports is not stated"
    return list(ROWS).index(top)


@pytest.mark.parametrize("name", [m for m in MODULES if m != "dgm_course"])
def test_nothing_imports_rightward_or_downward(name):
    for other in imports(name):
        assert row_of(other) <= row_of(name), f"{name} imports {other}"
        order = ROWS[name.split(".")[1]].split()
        mine, theirs = name.split(".")[-1], other.split(".")[-1]
        if row_of(other) == row_of(name) and mine in order and theirs in order:
            assert order.index(theirs) < order.index(mine), f"{name} imports {other}"


def test_no_module_imports_itself_by_a_detour():
    needs = {name: set(imports(name)) for name in MODULES}
    while free := [name for name, others in needs.items() if not others]:
        for name in free:
            del needs[name]
        needs = {name: others - set(free) for name, others in needs.items()}
    assert needs == {}


@each
def test_a_package_file_is_empty_and_any_other_says_what_it_is_about(path):
    text = path.read_text("utf8")
    if path.name == "__init__.py":
        assert text == ""
    else:
        assert ast.get_docstring(ast.parse(text))


@each
def test_files_functions_and_classes_are_small(path):
    assert len(path.read_text("utf8").splitlines()) <= 250
    limits = {ast.FunctionDef: 25, ast.AsyncFunctionDef: 25, ast.ClassDef: 80}
    for node in ast.walk(TREES[module_name(path)]):
        if limit := limits.get(type(node)):
            assert node.end_lineno - node.lineno < limit, f"{node.name}, line {node.lineno}"


@each
def test_public_functions_and_classes_say_what_they_mean(path):
    if "answers" in path.parts:
        return
    for node in TREES[module_name(path)].body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name}, line {node.lineno}"


def identifiers(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


@each
def test_no_name_is_one_that_the_table_of_names_rules_out(path):
    pattern = re.compile(rf"(?:^|_)(?:{BANNED})(?:_|$)")
    found = {name for name in identifiers(TREES[module_name(path)]) if pattern.search(name)}
    assert not found


@each
def test_no_global_device_and_no_configuration_passed_through(path):
    text = path.read_text("utf8")
    assert ".cuda()" not in text
    for node in ast.walk(TREES[module_name(path)]):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("torch.set_default_device", "torch.set_default_dtype")
