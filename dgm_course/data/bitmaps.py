"""More digits from the 1000: the bitmaps that grey levels were counted on, deformed, counted again.

Levels  A level of the 8 x 8 digits is the number of ink pixels in a 4 x 4 block of a 32 x 32 bitmap
        (Kaynak 1995).  The bitmaps are not in the file, but likely ones can be had: interpolate the
        levels to 32 x 32, and let the `level` largest pixels of each block be ink.
Deform  A rotation, shear, width and sideways shift as writers differ, drawn anew for each bitmap.
        Heights stay: every digit was scaled to fill its 32 rows.
Why     Resampling 8 x 8 images directly blurs them: saturated levels become rare, and a likelihood
        learned from such images is worse than from none.  Counts of a deformed bitmap look like
        counts.  Simard et al. 2003 (deformed training images).
"""

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample, interpolate

from dgm_course.data.images import LEVELS, from_levels, to_levels

BLOCK = 4  # a level counts the ink pixels of BLOCK x BLOCK


def to_bitmaps(x: Tensor) -> Tensor:
    """Bitmaps with `level` ink pixels in each block: (N, 1, H, W) in [-1, 1] -> (N, 1, 4H, 4W).

    Ink is 1, paper 0.  Exact: `from_bitmaps(to_bitmaps(x)) == x`.  Raises ValueError for a value
    outside [-1, 1].
    """
    level = to_levels(x)
    field = interpolate(level.float(), scale_factor=BLOCK, mode="bicubic", align_corners=False)
    blocks = field.unfold(2, BLOCK, BLOCK).unfold(3, BLOCK, BLOCK).flatten(-2)
    rank = blocks.argsort(dim=-1, descending=True, stable=True).argsort(-1)
    ink = (rank < level[..., None]).float().unflatten(-1, (BLOCK, BLOCK))
    return ink.transpose(-3, -2).flatten(-4, -3).flatten(-2)


def from_bitmaps(bitmaps: Tensor) -> Tensor:
    """Count the ink of each block: (N, 1, 4H, 4W) of 0 and 1 -> (N, 1, H, W) in [-1, 1]."""
    return from_levels((avg_pool2d(bitmaps, BLOCK) * (LEVELS - 1)).round())


def deform(
    bitmaps: Tensor,
    rotation: float = 0.05,
    shear: float = 0.1,
    stretch: float = 0.07,
    shift: float = 0.2,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Each bitmap turned, sheared, widened and moved sideways: (N, 1, 4H, 4W) -> the same, 0 or 1.

    All amounts are standard deviations of normals: radians, sideways per height, log width, and
    pixels of the image, four of the bitmap.
    """
    n, width = len(bitmaps), bitmaps.shape[-1]
    amounts = torch.tensor([rotation, shear, stretch, 2 * BLOCK * shift / width])
    noise = torch.randn(n, 4, generator=generator) * amounts
    turn, slant, log_width, move = noise.to(bitmaps.device).unbind(-1)
    scale = (-log_width).exp()  # the grid says where to look: a wider digit looks nearer
    rows = [scale * turn.cos(), slant - turn.sin(), move, scale * turn.sin(), turn.cos(), 0 * move]
    grid = affine_grid(
        torch.stack(rows, -1).view(n, 2, 3), list(bitmaps.shape), align_corners=False
    )
    return (grid_sample(bitmaps, grid, align_corners=False) > 0.5).float()


def more(
    x: Tensor, copies: int = 20, originals: int = 20, generator: torch.Generator | None = None
) -> Tensor:
    """`originals` of each image beside `copies` deformed: (N, 1, H, W) -> (40 N, 1, H, W)."""
    bitmaps = to_bitmaps(x)
    deformed = [from_bitmaps(deform(bitmaps, generator=generator)) for _ in range(copies)]
    return torch.cat([x] * originals + deformed)
