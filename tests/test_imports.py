"""The package as files: cheap to import, layered as in the design, small, and named as agreed."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import dgm_course

ROOT = Path(dgm_course.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
HEAVY = (
    "pooch",
    "requests",
    "matplotlib",
    "sklearn",
    "ipywidgets",
    "nbgrader",
    "IPython",
    "PIL",
    "tqdm",
    "jupytext",
)

# design.md, top to bottom; what stands in one row is read from left to right.
ROWS = {
    "data": "download toy images glyphs strokes text",
    "nets": "mlp conv unet transformer embed",
    "models": (
        "autoencoder pixels decoders priors vae latents linear_gaussian hierarchical "
        "sketch autoregressive flow gan translation stylegan energy clip"
    ),
    "diffusion": "schedule denoiser sampler guidance inverse flow_matching latent discrete",
    "metrics": "divergence likelihood mmd frechet inception precision_recall",
    "parallel": "",
    "checkpoint": "",
    "steps": "",
    "train": "",
    "picture": "",
    "plot": "",
    "widgets": "",
    "check": "",
    "scenes": "",
    "scenes_density": "",
    "scenes_autoencoders": "",
    "scenes_vae": "",
    "scenes_codes": "",
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


def test_importing_is_quick_and_brings_no_heavy_library():
    seconds, heavy = probe(*MODULES)
    assert seconds["dgm_course"] < 0.05
    assert {name: libraries for name, libraries in heavy.items() if libraries} == {}
    assert [name for name in MODULES if seconds[name] > 0.5] == []


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


def points_upward_and_left(name, other):
    if row_of(other) != row_of(name):
        return row_of(other) < row_of(name)
    order = ROWS[name.split(".")[1]].split()
    mine, theirs = name.split(".")[-1], other.split(".")[-1]
    return not {mine, theirs} <= set(order) or order.index(theirs) < order.index(mine)


def test_nothing_imports_rightward_or_downward():
    pairs = [(name, other) for name in MODULES[1:] for other in imports(name)]
    assert len(pairs) > len(MODULES)
    assert [pair for pair in pairs if not points_upward_and_left(*pair)] == []


def test_no_module_imports_itself_by_a_detour():
    needs = {name: set(imports(name)) for name in MODULES}
    while free := [name for name, others in needs.items() if not others]:
        for name in free:
            del needs[name]
        needs = {name: others - set(free) for name, others in needs.items()}
    assert needs == {}


def test_a_package_file_is_empty_and_any_other_says_what_it_is_about():
    packages = [path for path in FILES if path.name == "__init__.py"]
    assert [str(path) for path in packages if path.read_bytes()] == []
    silent = [name for name, tree in TREES.items() if tree.body and not ast.get_docstring(tree)]
    assert silent == []


def nodes(*kinds):
    """The nodes of these kinds in the whole package, each with its module and line."""
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, kinds):
                yield f"{name}, line {node.lineno}", node


def first_line(node):
    """Where the code begins; a command's options and help text are declarations, not code."""
    is_command = any("app.command" in ast.unparse(d) for d in node.decorator_list)
    return node.body[1].lineno if is_command else node.lineno


def test_files_functions_and_classes_are_small():
    assert [path.name for path in FILES if path.read_text("utf8").count("\n") > 250] == []
    limits = {ast.FunctionDef: 25, ast.AsyncFunctionDef: 25, ast.ClassDef: 80}
    found = [(at, node, node.end_lineno - first_line(node) + 1) for at, node in nodes(*limits)]
    too_long = [f"{at}: {node.name}, {n} lines" for at, node, n in found if n > limits[type(node)]]
    assert too_long == []


def test_public_functions_and_classes_say_what_they_mean():
    silent = [
        f"{name}: {node.name}"
        for name, tree in TREES.items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not (node.name.startswith("_") or ".answers." in name or ast.get_docstring(node))
    ]
    assert silent == []


def name_chosen(node):
    """A name that the author chose; an attribute that is read may be a library's."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(node, ast.Attribute):
        return node.attr if isinstance(node.ctx, ast.Store) else ""
    return node.name


def test_no_name_is_one_that_the_table_of_names_rules_out():
    pattern = re.compile(rf"(?:^|_)(?:{BANNED})(?:_|$)")
    kinds = (ast.Name, ast.arg, ast.Attribute, ast.FunctionDef, ast.ClassDef)
    chosen = [(at, name_chosen(node)) for at, node in nodes(*kinds)]
    assert [(at, name) for at, name in chosen if pattern.search(name)] == []


def test_no_module_chooses_a_device_or_a_precision_for_everybody():
    called = [(at, ast.unparse(node.func).split(".")[-1]) for at, node in nodes(ast.Call)]
    ruled_out = ("cuda", "set_default_device", "set_default_dtype", "set_default_tensor_type")
    assert [(at, name) for at, name in called if name in ruled_out] == []
