"""Seeded inputs for golden files: normalised pixels, and token ids with padding."""

import torch
from torch import Tensor

from lapose import frame_count


def random_pixels(config: dict, batch: int, seed: int) -> Tensor:
    """Pixels [B, F, 3, H, W], standard normal."""
    image = config["image"]
    shape = (batch, frame_count(config), 3, image["height"], image["width"])
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def random_text(
    sizes: dict, words: list[int], tokens: int, seed: int, garbage: bool = False
) -> tuple[Tensor, Tensor]:
    """Token ids and mask [B, N]: [CLS], so many random words per person, [SEP], then padding up to `tokens`.

    With `garbage` the padding holds random ids instead of [PAD]: a model that lets padding through shows it.
    """
    generator = torch.Generator().manual_seed(seed)
    special = {sizes["clsId"], sizes["sepId"], sizes["padId"]}
    vocabulary = torch.tensor([index for index in range(sizes["vocabularySize"]) if index not in special])

    def draw(count: int) -> list[int]:
        return vocabulary[torch.randint(len(vocabulary), (count,), generator=generator)].tolist()

    ids, mask = [], []
    for count in words:
        real = [sizes["clsId"], *draw(count), sizes["sepId"]]
        padding = tokens - len(real)
        ids.append(real + (draw(padding) if garbage else [sizes["padId"]] * padding))
        mask.append([1] * len(real) + [0] * padding)
    return torch.tensor(ids, dtype=torch.int32), torch.tensor(mask, dtype=torch.int32)
