"""The training losses of LAPose, Eqs. 11-16, over the outputs of `lapose.Lapose`.

Letters: B people, M visual tokens, N text tokens, D channels, K keypoints.
"""

import torch
from torch import Tensor
from torch.nn import functional


def heatmap_loss(heatmaps: Tensor, targets: Tensor, visibility: Tensor) -> Tensor:
    """L_H of Eq. 12: visibility-weighted squared error, averaged over all B*K*h*w values.

    heatmaps and targets [B, K, h, w], visibility [B, K] (0 for a joint that has no label). The divisor counts
    every joint, visible or not, so a person without visible joints adds zero and never divides by zero.
    """
    return (visibility[:, :, None, None] * (heatmaps - targets) ** 2).mean()


def transport_loss(transport_cost: Tensor) -> Tensor:
    """L_OT of Eq. 11, averaged over the people. transport_cost [B]; a description without words adds zero."""
    return transport_cost.mean()


def description_matches(input_ids: Tensor, attention_mask: Tensor) -> Tensor:
    """Positive pairs [B, B] of Eq. 15: one where two people share the same description, else zero."""
    tokens = torch.where(attention_mask != 0, input_ids, torch.full_like(input_ids, -1))
    return (tokens[:, None, :] == tokens[None, :, :]).all(-1).double()


def contrastive_loss(
    visual: Tensor, text: Tensor, attention_mask: Tensor, matches: Tensor, temperature: float
) -> Tensor:
    """L_cl of Eqs. 13-15: symmetric KL divergence between similarities and matches.

    visual [B, M, D], text [B, N, D], attention_mask [B, N], matches [B, B]. Each person's tokens are averaged,
    for text over the unpadded ones ([CLS] and [SEP] included). The divergence is KL(y || p), the direction that
    is finite where y is zero, with the rows of `matches` normalised to sum to one.
    """
    mask = attention_mask.to(text.dtype)[:, :, None]
    f = functional.normalize(visual.mean(1), dim=-1)
    g = functional.normalize((text * mask).sum(1) / mask.sum(1), dim=-1)
    similarity = f @ g.T / temperature  # [B, B], row = visual, column = text

    def divergence(logits: Tensor, positives: Tensor) -> Tensor:
        y = positives / positives.sum(-1, keepdim=True)
        return (torch.special.xlogy(y, y) - y * logits.log_softmax(-1)).sum(-1).mean()

    matches = matches.to(visual.dtype)
    return 0.5 * (divergence(similarity, matches) + divergence(similarity.T, matches.T))


def total_loss(
    config: dict,
    outputs: dict[str, Tensor],
    targets: Tensor,
    visibility: Tensor,
    input_ids: Tensor | None = None,
    attention_mask: Tensor | None = None,
) -> dict[str, Tensor]:
    """Eq. 16 and its parts: total, heatmap and, with language, contrastive and transport."""
    losses = {"heatmap": heatmap_loss(outputs["heatmaps"], targets, visibility)}
    total = losses["heatmap"]
    if config["language"]:
        sizes = config["loss"]
        matches = description_matches(input_ids, attention_mask)
        losses["contrastive"] = contrastive_loss(
            outputs["visual"], outputs["text"], attention_mask, matches, sizes["eta"]
        )
        losses["transport"] = transport_loss(outputs["transportCost"])
        total = total + sizes["gamma1"] * losses["contrastive"] + sizes["gamma2"] * losses["transport"]
    return {"total": total, **losses}
