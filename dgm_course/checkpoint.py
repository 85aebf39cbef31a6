"""Weights and whole training runs as files: one safetensors file each, with its own hash inside.

A run resumes *exactly* if all that the next step depends on is in the file: weights and buffers,
the optimizer's moments and step counts, averages, the scale of float16, every random stream, the
place in the batches. Tensors are stored as such and all else as JSON in the header: nothing in the
file is ever executed. The SHA-256 in the header is that of the whole file with zeros in its place.

A save writes a new file beside the old one, waits until the disk has it, and only then gives it the
name (POSIX rename is atomic): whenever the power fails, the name stands for one complete file.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

ZEROS = "0" * 64
WEIGHTS = ("models", "params", "generator")
TENSOR = "#tensor"  # in the JSON: here is the tensor of this name


def save_weights(path: str | Path, model: nn.Module) -> str:
    """Write the parameters and buffers of `model`: the SHA-256 of the file, as sha256sum has it."""
    return write(path, {"weights": dict(model.state_dict())})


def load_weights(path: str | Path, model: nn.Module, sha256: str | None = None) -> nn.Module:
    """Put the weights of a file into `model`, which is returned; its device and mode stay.

    Raises ValueError if the file is damaged, is not the one with hash `sha256`, or does not fit;
    then the model is as it was. Without `sha256` the file must have been written by this package.
    """
    weights = read(path, sha256).get("weights")
    if weights is None:
        raise ValueError(f"{path}: expected weights alone, got the checkpoint of a run")
    if difference := first_difference(describe(dict(model.state_dict())), describe(weights)):
        raise ValueError(f"{path}: the weights of another model: {difference}")
    model.load_state_dict(weights)
    return model


class Checkpoint:
    """A file that holds a run of `fit`: saved every `every` steps, at the end, and on Ctrl-C.

    If the file is there when `fit` starts, the run goes on from it, and further than before if
    there are more steps now; a schedule, which spans all steps, is then another one from there on.
    `model` is one module or named ones, `{"encoder": …, "decoder": …}`, whose buffers are to be
    kept too; parameters being trained are always kept. `generator` is one that the loss draws from,
    other than that of `minibatches` and torch's own. Raises ValueError if `every` is not a whole
    number >= 1.
    """

    def __init__(
        self,
        path: str | Path,
        model: nn.Module | Mapping[str, nn.Module] | None = None,
        *,
        every: int = 1000,
        generator: torch.Generator | None = None,
    ) -> None:
        if every < 1 or every != int(every):
            raise ValueError(f"every: expected a whole number of steps >= 1, got {every}")
        self.path, self.every, self.generator = Path(path), every, generator
        named = {"model": model} if isinstance(model, nn.Module) else model
        self.models = dict(named or {})

    def save(self, kind: dict[str, Any], state: dict[str, Any], params: list[Tensor]) -> None:
        """Write the `state` of a run of this `kind`, its models, and `params` not among theirs."""
        write(self.path, {"kind": kind, "state": state, **self._weights(params)})

    def load(self, kind: dict[str, Any], params: list[Tensor]) -> dict[str, Any] | None:
        """The state of the run in the file, its weights taken over; None if there is no file.

        Raises ValueError if the file is damaged, or of a run of another kind or with other models.
        """
        if not self.path.exists():
            return None
        saved = read(self.path)
        if "state" not in saved:
            raise ValueError(f"{self.path}: expected the checkpoint of a run, got weights alone")
        mine = describe({**self._weights(params), **kind})
        theirs = describe({**{key: saved[key] for key in WEIGHTS}, **saved["kind"]})
        if difference := first_difference(mine, theirs):
            advice = "change it back, or choose another path to start anew"
            raise ValueError(f"{self.path}: a checkpoint of another run: {difference}; {advice}")
        for name, model in self.models.items():
            model.load_state_dict(saved["models"][name])
        with torch.no_grad():
            for mine, theirs in zip(self._others(params), saved["params"], strict=True):
                mine.copy_(theirs)
        if self.generator is not None:
            self.generator.set_state(saved["generator"])
        return saved["state"]

    def _weights(self, params: list[Tensor]) -> dict[str, Any]:
        models = {name: dict(model.state_dict()) for name, model in self.models.items()}
        state = None if self.generator is None else self.generator.get_state()
        return {"models": models, "params": self._others(params), "generator": state}

    def _others(self, params: list[Tensor]) -> list[Tensor]:
        inside = {id(param) for model in self.models.values() for param in model.parameters()}
        return [param for param in params if id(param) not in inside]


def describe(tree: Any) -> Any:
    """The same tree with `float32 (3, 4)` for each tensor."""
    if isinstance(tree, Tensor):
        return f"{str(tree.dtype).removeprefix('torch.')} {tuple(tree.shape)}"
    if isinstance(tree, Mapping):
        return {str(key): describe(value) for key, value in tree.items()}
    return [describe(value) for value in tree] if isinstance(tree, list | tuple) else tree


def first_difference(mine: Any, theirs: Any, at: str = "") -> str | None:
    """Where two trees first differ, as `models.net.bias is 3 here and 4 in the file`, or None."""
    if isinstance(mine, list) and isinstance(theirs, list):
        mine, theirs = ({str(i): value for i, value in enumerate(x)} for x in (mine, theirs))
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for key in [*mine, *(key for key in theirs if key not in mine)]:
            where = f"{at}.{key}" if at else key
            if key not in theirs:
                return f"{where} is not in the file"
            if key not in mine:
                return f"{where} is only in the file"
            if difference := first_difference(mine[key], theirs[key], where):
                return difference
        return None
    return None if mine == theirs else f"{at} is {mine} here and {theirs} in the file"


def write(path: str | Path, tree: dict[str, Any]) -> str:
    """Write a tree of tensors, numbers, strings, lists and dicts with str keys: the file's SHA-256.

    Whatever happens meanwhile, `path` is the whole old file or the whole new one; the same tree is
    the same file. Raises TypeError for anything else in the tree.
    """
    from safetensors.torch import save

    tensors: dict[str, Tensor] = {}
    facts = json.dumps({"sha256": ZEROS, "tree": _pack(tree, "", tensors)})
    data = bytearray(save(tensors, {"dgm_course": facts}))
    data[_place_of_hash(data)] = hashlib.sha256(data).hexdigest().encode()
    _replace(Path(path), data)
    return hashlib.sha256(data).hexdigest()


def read(path: str | Path, sha256: str | None = None) -> dict[str, Any]:
    """The tree that `write` wrote, tensors on the CPU.  Raises ValueError if a byte has changed."""
    from safetensors.torch import load

    data = Path(path).read_bytes()
    if sha256 is not None and (found := hashlib.sha256(data).hexdigest()) != sha256.lower():
        raise ValueError(f"{path}: expected the file with SHA-256 {sha256}, got {found}")
    blank, place = bytearray(data), _place_of_hash(data)
    blank[place] = ZEROS.encode()
    if hashlib.sha256(blank).hexdigest().encode() != data[place]:
        reason = "it does not have the SHA-256 that should be in it"
        raise ValueError(
            f"{path}: damaged, or no file of this course: {reason}; replace or delete it"
        )
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return _unpack(json.loads(header["__metadata__"]["dgm_course"])["tree"], load(data))


def _place_of_hash(data: bytes | bytearray) -> slice:
    """Where the hash is: first in the JSON that is a string of the header; empty if not there."""
    key = rb'"dgm_course":"{\"sha256\": \"'
    start = data.find(key, 0, 8 + int.from_bytes(data[:8], "little"))
    return slice(start + len(key), start + len(key) + 64) if start >= 0 else slice(0)


def _pack(tree: Any, at: str, tensors: dict[str, Tensor]) -> Any:
    """The tree as JSON takes it, its tensors moved to `tensors` by their place."""
    if isinstance(tree, Tensor):
        tensors[at] = tree.detach().to("cpu", copy=True).contiguous()
        return {TENSOR: at}
    if isinstance(tree, Mapping):
        return {key: _pack(value, f"{at}/{key}", tensors) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_pack(value, f"{at}/{i}", tensors) for i, value in enumerate(tree)]
    return tree


def _unpack(tree: Any, tensors: dict[str, Tensor]) -> Any:
    if isinstance(tree, dict):
        if set(tree) == {TENSOR}:
            return tensors[tree[TENSOR]]
        return {key: _unpack(value, tensors) for key, value in tree.items()}
    return [_unpack(value, tensors) for value in tree] if isinstance(tree, list) else tree


def _replace(path: Path, data: bytes | bytearray) -> None:
    """Write a new file beside `path`, down to the disk, and give it the name in one step."""
    import psutil

    for old in path.parent.glob(f".{path.name}.*.partial"):
        owner = old.suffixes[-2].removeprefix(".")
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            old.unlink(missing_ok=True)  # left by a process that was killed
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    if os.name == "posix":  # the new name, too, must reach the disk
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
