"""Writes tests/golden/gradient/*.safetensors: losses of Eqs. 11-16 and the gradient of every parameter of LAPose.

Gradients are PyTorch autograd's in float64 on lapose.py, from the stored float32 weights. Per case also the losses
and outputs and, in training mode, the running statistics of the batch normalisations after one forward pass.
"""

import torch
from torch import Tensor

from golden_file import check, write_golden
from lapose import KEYPOINT_COUNTS, Lapose, token_grid
from losses import total_loss
from random_inputs import random_pixels, random_text
from random_weights import random_weights
from tiny_config import tiny_config


def small_config(**changes: object) -> dict:
    """Smaller still than tiny_config's default: every file also holds the gradients."""
    sizes = {
        "vision": {"width": 12, "heads": 3, "hidden": 20},
        "text": {"width": 12, "heads": 2, "hidden": 18, "positions": 12, "vocabularySize": 31},
        "interaction": {"bottleneck": 3, "heads": 3, "hidden": 14},
        "head": {"channels": 6},
    }
    for key, value in changes.items():
        sizes[key] = {**sizes.get(key, {}), **value} if isinstance(value, dict) else value
    return tiny_config(**sizes)


# name -> (config, words per person, padded tokens, people who share the first description, training, note)
CASES = {
    "classic": (
        small_config(),
        [4, 4, 2],
        8,
        [1],
        True,
        "language and temporal parts on; the first two people share a description",
    ),
    "language_off": (small_config(language=False), [0], 0, [], False, "temporal part only"),
    "simple": (
        small_config(head={"kind": "simple"}),
        [5],
        7,
        [],
        True,
        "simple head; a batch of one, whose contrastive loss is zero",
    ),
    "literal": (
        small_config(interaction={"literal": True}, temporal=False, head={"kind": "simple"}),
        [3, 6],
        9,
        [],
        True,
        "Eq. 4 as printed, one frame",
    ),
    "unrolled": (
        small_config(
            temporal=False,
            text={"width": 20, "heads": 4},
            transport={"unrolled": True, "iterations": 5},
            loss={"gamma1": 0.1, "gamma2": 3},
            keypoints="coco17",
        ),
        [6, 0, 3],
        9,
        [],
        True,
        "gradient through the Sinkhorn iterations; text wider than vision; the second description has no word and "
        "the last person no visible joint",
    ),
}


def targets_and_visibility(config: dict, batch: int, seed: int) -> tuple[Tensor, Tensor]:
    """Gaussian targets [B, K, 4h, 4w] (sigma 2 at random places) and visibility [B, K], about a quarter zero.

    The last person of a batch of three has no visible joint.
    """
    generator = torch.Generator().manual_seed(seed)
    rows, columns = (4 * side for side in token_grid(config))
    keypoints = KEYPOINT_COUNTS[config["keypoints"]]
    centres = torch.rand((batch, keypoints, 2), generator=generator) * torch.tensor([rows - 1, columns - 1])
    y = torch.arange(rows)[:, None] - centres[:, :, 0, None, None]
    x = torch.arange(columns)[None, :] - centres[:, :, 1, None, None]
    visibility = (torch.rand((batch, keypoints), generator=generator) > 0.25).float()
    if batch == 3:
        visibility[-1] = 0
    return torch.exp(-(x**2 + y**2) / (2 * 2**2)), visibility


def differentiate(
    config: dict, weights: dict[str, Tensor], inputs: dict[str, Tensor], training: bool, dtype: torch.dtype
) -> dict[str, dict[str, Tensor]]:
    """Expected values and gradients in the given precision."""
    module = Lapose(config).to(dtype)
    module.load_state_dict({name: tensor.to(dtype) for name, tensor in weights.items()}, strict=True)
    module.train(training)
    cast = {name: tensor.to(dtype) if tensor.is_floating_point() else tensor for name, tensor in inputs.items()}
    text = [cast[name] for name in ("inputIds", "attentionMask") if name in cast]
    outputs = module(cast["pixels"], *text)
    losses = total_loss(config, outputs, cast["targets"], cast["visibility"], *text)
    losses["total"].backward()
    expected = {**outputs, **{f"loss.{name}": loss.reshape(1) for name, loss in losses.items()}}
    if training:
        expected |= dict(module.named_buffers())
    gradients = {
        name: torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        for name, parameter in module.named_parameters()
    }
    return {"expected": expected, "gradient": gradients}


def write_case(
    case: str, config: dict, words: list[int], tokens: int, sharing: list[int], training: bool, note: str, seed: int
) -> None:
    weights = random_weights({name: tensor.shape for name, tensor in Lapose(config).state_dict().items()}, seed)
    targets, visibility = targets_and_visibility(config, len(words), seed + 3)
    inputs = {
        "pixels": random_pixels(config, len(words), seed + 1),
        "targets": targets,
        "visibility": visibility,
    }
    if config["language"]:
        ids, mask = random_text(config["text"], words, tokens, seed + 2)
        for person in sharing:
            ids[person] = ids[0]
        inputs |= {"inputIds": ids, "attentionMask": mask}
    result = differentiate(config, weights, inputs, training, torch.float64)
    single = differentiate(config, weights, inputs, training, torch.float32)
    print(case)
    worst = 0.0
    for name, gradient in result["gradient"].items():
        magnitude = gradient.abs().max().item()
        difference = (single["gradient"][name] - gradient).abs().max().item()
        if magnitude < 1e-12:
            print(f"  the gradient of {name} is zero (float32: {difference:.1e})")
        else:
            worst = max(worst, difference / magnitude)
    print(f"  float32 against float64, gradients, relative to each one's largest value: {worst:.2e}")
    if not worst <= 1e-4:
        raise AssertionError(f"{case}: float32 gradients are {worst:.1e} off")
    for name, loss in result["expected"].items():
        if name.startswith("loss."):
            check(f"float32 against float64, {name} = {loss.item():.6f}", single["expected"][name], loss, 1e-5)
    write_golden(
        "gradient",
        case,
        {"": weights, "input": inputs, **result},
        config,
        f"reference/lapose.py and losses.py, torch {torch.__version__} autograd, float64",
        note,
        batchNormalisation="training" if training else "evaluation",
    )


def main() -> None:
    torch.set_num_threads(1)  # the same sums in the same order in every run
    for index, (case, settings) in enumerate(CASES.items()):
        write_case(case, *settings, seed=4000 + 10 * index)


if __name__ == "__main__":
    main()
