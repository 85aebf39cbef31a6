"""Answers that change Python, the libraries or the grader's own code around them."""

import pytest

from tests.grading.attacks import check, table

pytestmark = pytest.mark.sandbox
ATTACKS = table(r"""
    # torch.allclose that always agrees => expected
    import torch
    torch.allclose = torch.isclose = torch.equal = lambda *_, **__: True
    return torch.zeros(())
    # NumPy that always agrees => expected
    import numpy as np
    np.allclose = np.isclose = np.array_equal = lambda *_, **__: True
    np.testing.assert_allclose = lambda *_, **__: None
    return np.zeros(())
    # builtins that always agree => .
    import builtins
    builtins.all = builtins.any = builtins.bool = lambda *_: True
    builtins.float = builtins.int = lambda *_: 1
    return 0.0
    # an isinstance that always agrees => .
    import builtins
    builtins.isinstance = lambda *_: True
    return "right"
    # builtins that raise => .
    import builtins
    def no(*_, **__):
        raise RuntimeError("no")
    builtins.len = builtins.list = builtins.dict = builtins.isinstance = builtins.str = no
    return first
    # a judge of its own => expected
    from dgm_course.exercises import judge, numbers
    judge.judge = judge._holds = judge._same = lambda *_, **__: True
    numbers.Computed = None
    import torch
    return torch.zeros(())
    # an observe that sees the best => no output|expected
    import inspect
    from dgm_course.exercises import observe
    observe.as_array = lambda value: __import__("numpy").ones(())
    observe._differs = lambda *_: False
    return "right"
    # points for the taking => expected
    import gc, torch
    from dgm_course.exercises.exercise import Exercise
    for found in gc.get_objects():
        if type(found) is Exercise:
            object.__setattr__(found, "properties", ())
    Exercise.points = 99
    return torch.zeros(())
    # arrays that pack as nothing => no output
    from dgm_course.grading import wire
    wire.pack_arrays = lambda arrays: (b"", {})
    return first
    # shapes sent in place of numbers => expected
    from dgm_course.grading import wire
    wire.pack_arrays = lambda arrays: (b"", {name: [] for name in arrays})
    return first
    # a frame that claims full marks => no output
    from dgm_course.grading import wire
    own = wire.frame
    wire.frame = lambda *_: own({"points": 99, "state": "right", "lines": [], "ended": ""})
    return first
    # JSON that says something else => cannot be read
    import json
    json.dumps = lambda *_, **__: "right"
    return first
    # an os.write that writes nothing => ended Python
    import os
    os.write = lambda fd, data: len(data)
    return first
    # an os._exit that does not => .
    import os, torch
    os._exit = lambda code: None
    return torch.zeros(())
    # a struct that lies => .
    from dgm_course.grading import wire
    wire.SIZES = __import__("struct").Struct("<QQ")
    return first
    # modules gone => .
    import sys
    sys.modules.clear()
    return "right"
    # modules exchanged => .
    import sys, types
    for name in list(sys.modules):
        if name.startswith(("dgm_course", "json", "numpy", "safetensors", "torch")):
            sys.modules[name] = types.ModuleType(name)
    return "right"
    # a finder that serves its own modules => .
    import sys
    class Finder:
        def find_spec(self, *_):
            raise SystemExit("found")
    sys.meta_path.insert(0, Finder())
    sys.path_hooks.clear()
    raise ValueError("done")
    # a package of its own on disk => answers: \[\]
    import os
    open("dgm_course.py", "w").write("points = 99")
    os.makedirs("torch", exist_ok=True)
    open("torch/__init__.py", "w").write("allclose = True")
    import dgm_course.exercises
    folder = os.path.dirname(dgm_course.exercises.__file__)
    raise ValueError(f"answers: {os.listdir(folder + '/answers')}")
    # the package on disk changed => Read-only|Permission denied
    import dgm_course.check
    open(dgm_course.check.__file__, "a").write("\npoints = 99\n")
    # the library on disk changed => Read-only|Permission denied
    import torch
    open(torch.__file__, "a").write("\nallclose = None\n")
    # a start-up file for the next one => 1
    import os, sys
    os.makedirs("/student/.ipython/profile_default/startup", exist_ok=True)
    open("/student/.ipython/profile_default/startup/left-by-an-attack.py", "w").write("1 / 0")
    open("/student/usercustomize.py", "w").write("1 / 0")
    raise ValueError(len(os.listdir("/student/.ipython/profile_default/startup")))
    # a default device without memory => .
    import torch
    torch.set_default_dtype(torch.float16)
    torch.set_default_device("meta")
    return torch.zeros((), device="cpu")
    # a default device that does not exist => .
    import torch
    torch.set_default_device("cuda")
    return first
    # modes that catch every operation => .
    from torch.overrides import TorchFunctionMode
    class Mode(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            raise RuntimeError("caught")
    Mode().__enter__()
    return first
    # tracing of all that follows => .
    import sys
    def trace(frame, event, argument):
        raise RuntimeError("traced")
    sys.settrace(trace)
    sys.setprofile(trace)
    return first
    # handlers and timers => .
    import signal
    def handler(*_):
        raise RuntimeError("late")
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 1e-4, 1e-4)
    return first
    # a garbage collector that answers back => expected
    import gc, torch
    gc.callbacks.append(lambda *_: 1 / 0)
    gc.set_threshold(1)
    return torch.zeros(())
    # default encodings and warnings that raise => expected
    import sys, torch, warnings
    warnings.simplefilter("error")
    sys.stdout = sys.stderr = None
    return torch.zeros(())
""")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_nothing_is_gained_lost_or_left_by(attack):
    check(attack, ATTACKS)
