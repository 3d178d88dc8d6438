"""Seeded random weights whose every part matters: no zeros, softmax far from uniform, GELU and ReLU bent."""

import math

import torch
from torch import Tensor


def random_weights(shapes: dict[str, torch.Size], seed: int) -> dict[str, Tensor]:
    """One float32 tensor per canonical name, drawn in the order of the names."""
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for name in sorted(shapes):
        shape = tuple(shapes[name])
        draw = torch.randn(shape, generator=generator)
        if name.endswith("running_var"):
            weights[name] = draw.abs() + 1
        elif name.endswith("running_mean"):
            weights[name] = 0.3 * draw
        elif name.endswith(".bias"):
            weights[name] = 0.2 * draw
        elif "norm" in name:
            weights[name] = 1 + 0.3 * draw
        elif "embedding" in name and len(shape) == 2:
            weights[name] = 0.3 * draw
        else:
            weights[name] = weight_scale(name, shape) * draw
    return weights


def weight_scale(name: str, shape: tuple[int, ...]) -> float:
    """Standard deviation of a linear or convolution weight: a gain over the square root of what it sums over.

    Queries and keys get a high gain, so that attention is far from uniform; what is added to the residual stream
    and the head, which reads it without a normalisation, get a low one, so that values stay near 5.
    """
    if "deconvolution" in name:
        inputs = shape[0] * shape[2] * shape[3] / 4  # stride 2: a quarter of the kernel meets each pixel
    else:
        inputs = math.prod(shape[1:])
    if name.startswith("head.") or any(part in name for part in (".projection.", ".fc2.", ".up.")):
        gain = 0.6
    else:
        gain = 1.8 if any(part in name for part in (".qkv.", ".query.", ".key_value.", ".key.")) else 1.2
    return gain / math.sqrt(inputs)
