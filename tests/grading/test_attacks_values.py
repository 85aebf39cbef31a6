"""Answers that return what is no number, pretend to be one, or fail in odd ways."""

import pytest

from tests.grading.attacks import check, table

pytestmark = pytest.mark.sandbox
WRONG = table(r"""
    # nothing => got None
    return None
    # text => got a str
    return "right"
    # NaN => NaN|nan|expected shape
    return first.sum(-1) * float("nan")
    # infinity => inf|expected shape
    return first.sum(-1) + float("inf")
    # half precision of nothing => expected
    import torch
    return torch.zeros((), dtype=torch.float16)
    # whole numbers => expected
    return first.sum(-1).long() + 12345
    # yes and no => type bool
    return first > 0
    # complex numbers => complex|real
    return first + 1j
    # an array of objects => type object
    import numpy as np
    return np.array([first, None], dtype=object)
    # an array of records => type
    import numpy as np
    return np.zeros(3, dtype=[("points", "f8"), ("state", "U9")])
    # dates => type datetime
    import numpy as np
    return np.zeros(3, dtype="M8[s]")
    # a tensor without memory => meta
    import torch
    return torch.empty(3, device="meta")
    # code for CUDA only => CUDA|NVIDIA
    return first.cuda()
    # a tensor expanded to a trillion => expected shape
    import torch
    return torch.zeros(()).expand(10**6, 10**6)
    # half of a trillion => memory|expected shape
    import torch
    return torch.zeros((), dtype=torch.float16).expand(10**6, 10**6)
    # an array broadcast to a trillion => expected shape
    import numpy as np
    return np.broadcast_to(np.float64(1), (10**6, 10**6))
    # the input itself => expected
    return first
    # the input, changed => expected|changes its input
    first.mul_(0)
    return first
    # the input, emptied => .
    first.resize_(0)
    return first
    # the input as another class => .
    import torch
    class Liar(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):
            raise RuntimeError("caught")
    first.__class__ = Liar
    return first
    # a subclass that agrees with everything => .
    import torch
    class Yes(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):
            return True
        __eq__ = __ne__ = __lt__ = lambda *_: True
    return torch.zeros(3).as_subclass(Yes)
    # an array that agrees with everything => expected
    import numpy as np
    class Yes(np.ndarray):
        __eq__ = __ne__ = __lt__ = __le__ = lambda *_: True
        shape = property(lambda self: (7,))
        size = nbytes = property(lambda self: -1)
        def __array_function__(self, *_):
            return True
    return np.zeros(99).view(Yes)
    # an object that turns into arrays => got a Yes|caught
    class Yes:
        __class__ = property(lambda self: float)
        def __array__(self, *_, **__):
            raise SystemExit("caught")
        def __float__(self):
            return 1.0
        __eq__ = lambda *_: True
    return Yes()
    # a number that is more => .
    class Much(float):
        def __float__(self):
            raise RuntimeError("caught")
        def __array__(self, *_, **__):
            return [self]
    return Much(3)
    # an integer of a million digits => .
    return 10 ** 10**6
    # a generator => generator
    return (x for x in first)
    # an answer that is no function => missing|callable|TypeError|defines no
    ANSWER = 5
    # an answer that is a class => .
    class ANSWER:
        def __init__(self, *_):
            self.points = 99
    # an error that says nothing => Wordless
    class Wordless(Exception):
        pass
    raise Wordless
    # an error whose words are a program => hostile words|Hostile
    class Hostile(Exception):
        def __str__(self):
            raise SystemExit("hostile words")
    raise Hostile
    # an error whose words never end => endless loop
    class Endless(Exception):
        def __str__(self):
            while True:
                pass
    raise Endless
    # an error whose words are no string => .
    class Text(str):
        def strip(self, *_):
            return self
        def splitlines(self, *_):
            return [self]
        def __getitem__(self, _):
            return self
        def __iter__(self):
            return iter(["right"] * 3)
    raise ValueError(Text("x"))
    # an error with a name of its own => .
    class Meta(type):
        __name__ = property(lambda cls: 1 / 0)
    class Named(Exception, metaclass=Meta):
        pass
    raise Named("x")
    # words that steer a terminal or a page => red
    raise ValueError("\x1b[31mred\x1b[0m \u202egnp.exe \x00 <script>alert(1)</script>")
    # an interrupt => KeyboardInterrupt
    raise KeyboardInterrupt
    # an error below all others => Below
    class Below(BaseException):
        pass
    raise Below("x")
    # a stub's error => not attempted
    raise NotImplementedError
""")
RIGHT = table(
    r"""
    # the right answer, with a gradient => ^$
    import torch
    ANSWER = lambda p: -torch.special.xlogy(p, p).sum(-1).requires_grad_()
    # in the other byte order => ^$
    import torch
    def ANSWER(p):
        return (-torch.special.xlogy(p, p).sum(-1)).numpy().astype(">f8")
    # in long doubles => ^$
    import numpy as np, torch
    def ANSWER(p):
        return (-torch.special.xlogy(p, p).sum(-1)).numpy().astype(np.longdouble)
    # as a subclass of tensors => ^$
    import torch
    class Mine(torch.Tensor):
        pass
    def ANSWER(p):
        return (-torch.special.xlogy(p, p).sum(-1)).as_subclass(Mine)
    # as a sparse tensor => ^$
    import torch
    def ANSWER(p):
        found = -torch.special.xlogy(p, p).sum(-1)
        return found.to_sparse() if found.ndim else found
    # with NumPy, which warns => ^$
    import numpy as np
    def ANSWER(p):
        p = p.numpy()
        return -np.nansum(p * np.log(p), -1)
    # from an object that can be called => ^$
    import torch
    class Answer:
        def __call__(self, p):
            return -torch.special.xlogy(p, p).sum(-1)
    ANSWER = Answer()
""",
    points=1,
)


@pytest.mark.parametrize("attack", WRONG, ids=lambda attack: attack.name)
def test_nothing_is_gained_lost_or_left_by(attack):
    check(attack, WRONG)


@pytest.mark.parametrize("attack", RIGHT, ids=lambda attack: attack.name)
def test_nothing_is_lost_by(attack):
    check(attack, (attack,))
