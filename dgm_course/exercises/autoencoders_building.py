"""The exercise of module 02 that builds an encoder and a decoder.

Two correct answers have other random weights, so the check writes weights of its own into each
layer, by the layer's shape; then only the layers decide what comes out.
"""

import math
from functools import partial

import torch
from torch import Generator, Tensor, nn

from dgm_course.exercises import inputs
from dgm_course.exercises.exercise import Exercise, Property
from dgm_course.exercises.observe import NOTHING, WrongTypeError
from dgm_course.models import autoencoder
from dgm_course.nets import mlp

UNREGISTERED = (
    "has no parameters to train: a module does not see layers in a plain list; make them its "
    "attributes, or use `nn.Sequential` or `nn.ModuleList`"
)
PAIR = "a tuple (encoder, decoder) of two `nn.Module`"


def _draw_images(g: Generator) -> dict[str, Tensor]:
    """Rectangular images, codes, and sizes that are all different, none the size of a batch."""
    height, dim = inputs.size(g, 4, 5), inputs.size(g, 2, 3)
    width, hidden = height + 3, inputs.size(g, 12, 16)
    return {
        "height": torch.tensor(height),
        "width": torch.tensor(width),
        "dim": torch.tensor(dim),
        "hidden": torch.tensor(hidden),
        "x": inputs.normal(g, 9, 1, height, width),
        "z": inputs.normal(g, 10, dim),
        "phase": 6 * torch.rand((), generator=g),
    }


def _pair(make, given) -> tuple[nn.Module, nn.Module]:
    """The answer's encoder and decoder; raises WrongTypeError with a sentence."""
    made = make(*(given[name].item() for name in ("height", "width", "dim", "hidden")))
    if made is None:
        raise WrongTypeError(NOTHING)
    if not isinstance(made, tuple | list):
        raise WrongTypeError(f"got a {type(made).__name__}, expected {PAIR}")
    if len(made) != 2:
        raise WrongTypeError(f"got a {type(made).__name__} of {len(made)}, expected {PAIR}")
    for module in made:
        if not isinstance(module, nn.Module):
            raise WrongTypeError(f"got a {type(module).__name__} in the tuple, expected {PAIR}")
    return tuple(made)


def _weights(shape: torch.Size, phase: float) -> Tensor:
    """Numbers for a layer's weights or biases that depend on the shape and the phase alone.

    A matrix stored the other way round gets the transpose, a kernel as large as its image the same
    numbers as the matrix that it stands for.
    """
    rows, columns = shape[0], math.prod(shape[1:])
    small, large = sorted((rows, columns))
    steps = torch.arange(small * large, dtype=torch.float64) + 1
    values = torch.sin(phase + 1.7 * steps + 0.3 * steps**1.5 + rows + columns)
    if len(shape) < 2:
        return 0.5 * values
    values = values.reshape(small, large) * (1.5 / small**0.5)
    return (values if rows == small else values.T).reshape(shape)


def _first_pass(module: nn.Module, batch: Tensor, name: str) -> None:
    """Lazy layers learn their shapes; an error of torch's also says what it was given."""
    try:
        module(batch)
    except RuntimeError as error:
        if len(error.args) == 1 and isinstance(error.args[0], str):
            given = f"the {name}, given {tuple(batch.shape)}: "
            error.args = (given + error.args[0],)
        raise


def _through(answers, given, part: int, name: str) -> Tensor:
    """What comes out of the encoder (part 0) or the decoder (1) with the check's weights."""
    module, batch = _pair(answers[0], given)[part].eval(), given[name.split("_")[0]]
    batch = batch[:1] if name.endswith("_one") else batch
    batch = batch.to(next((p.dtype for p in module.parameters()), batch.dtype))
    with torch.no_grad():
        side = ("encoder", "decoder")[part]
        _first_pass(module, batch, side)
        if not list(module.parameters()):
            raise WrongTypeError(f"the {side} {UNREGISTERED}")
        for parameter in module.parameters():
            parameter.copy_(_weights(parameter.shape, given["phase"].item()))
        return module(batch)


def _calls(answers, given):
    names = {"encode": (0, "x"), "decode": (1, "z"), "encode_one": (0, "x_one")}
    names["decode_one"] = (1, "z_one")
    return {call: partial(_through, answers, given, *what) for call, what in names.items()}


MAKE_AUTOENCODER = Exercise(
    name="make_autoencoder",
    title="Down to a few numbers and up again",
    difficulty=2,
    minutes=15,
    inputs=_draw_images,
    calls=_calls,
    answers="autoencoders_building",
    withheld=(mlp.image_encoder, mlp.image_decoder, autoencoder.linear, autoencoder.deep),
    properties=(
        Property("the encoder: images to codes through a hidden ReLU layer", "encode", 2),
        Property("the decoder: codes to images through a hidden ReLU layer", "decode", 2),
        Property("one image alone is still a batch", "encode_one", 1),
        Property("so is one code", "decode_one", 1),
    ),
    misconceptions={
        "make_relu_on_code": "a ReLU after the last layer of the encoder: half of each axis of the "
        "code is lost",
        "make_relu_on_pixels": "a ReLU after the last layer of the decoder: pixels reach down to "
        "−1",
        "make_sigmoid_on_pixels": "a sigmoid after the last layer of the decoder: it reaches from "
        "0 to 1, pixels from −1 to 1",
        "make_tanh_on_pixels": "a tanh after the last layer of the decoder: nothing is asked there",
        "make_without_relu": "the ReLU is missing: two linear layers in a row are one linear layer",
        "make_without_hidden": "the hidden layer is missing: linear, ReLU, linear on each side",
        "make_height_and_width_exchanged": "height and width are exchanged: an image is "
        "(1, height, width)",
        "make_flat_pixels": "the pixels stay in one row: the decoder must return images, "
        "(B, 1, height, width)",
        "make_without_channel": "the channel is missing: an image is (1, height, width)",
        "make_without_bias": "the layers have no biases: `nn.Linear` has one unless told otherwise",
        "make_squeezed": "`squeeze` removes the batch dimension of a batch of one",
    },
)
