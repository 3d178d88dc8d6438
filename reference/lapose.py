"""LAPose in PyTorch, written from the paper's equations: the reference of the TypeScript model.

Holds the network only (Eqs. 1-11 and the heads); the losses are in `losses.py`. It knows nothing of files.
`state_dict()` keys are the canonical weight names of the LAPose weights file, and the configuration is the
dictionary that the weights file carries (`LaposeConfig` in `model/config.ts`).

Letters: B people, F frames, M visual tokens, N text tokens, D channels, K keypoints.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

KEYPOINT_COUNTS = {"posetrack15": 15, "posetrack17": 17, "coco17": 17, "mpii16": 16, "body25": 25}


def frame_count(config: dict) -> int:
    """Frames F that the model sees: 2w+1, or one without the temporal part."""
    return 2 * config["temporalSpan"] + 1 if config["temporal"] else 1


def token_grid(config: dict) -> tuple[int, int]:
    """Rows and columns of the visual tokens."""
    vision, image = config["vision"], config["image"]
    patch, padding = vision["patchSize"], vision["patchPadding"]
    return tuple((image[side] + 2 * padding - patch) // patch + 1 for side in ("height", "width"))


def attend(query: Tensor, key: Tensor, value: Tensor, heads: int, key_mask: Tensor | None = None) -> Tensor:
    """Multi-head scaled dot-product attention.

    query [B, Q, D], key and value [B, S, D], key_mask [B, S] with 1 for the keys that may be attended.
    """

    def split(tokens: Tensor) -> Tensor:
        return tokens.unflatten(-1, (heads, -1)).transpose(1, 2)

    query, key, value = split(query), split(key), split(value)
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
    if key_mask is not None:
        scores = scores.masked_fill(key_mask[:, None, None, :] == 0, -math.inf)
    return (scores.softmax(-1) @ value).transpose(1, 2).flatten(2)


class SelfAttention(nn.Module):
    """Self-attention with one projection for query, key and value (rows in that order)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.projection = nn.Linear(width, width)

    def forward(self, x: Tensor, key_mask: Tensor | None = None) -> Tensor:
        query, key, value = self.qkv(x).chunk(3, -1)
        return self.projection(attend(query, key, value, self.heads, key_mask))


class FeedForward(nn.Module):
    """Two linear layers with an exact (erf) GELU between them."""

    def __init__(self, width: int, hidden: int):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(x)))


class EncoderBlock(nn.Module):
    """Transformer block: normalised before each part (ViT), or after it (BERT) with `post_norm`."""

    def __init__(self, sizes: dict, post_norm: bool = False):
        super().__init__()
        width, epsilon = sizes["width"], sizes["epsilon"]
        self.post_norm = post_norm
        self.norm1 = nn.LayerNorm(width, eps=epsilon)
        self.attention = SelfAttention(width, sizes["heads"])
        self.norm2 = nn.LayerNorm(width, eps=epsilon)
        self.mlp = FeedForward(width, sizes["hidden"])

    def forward(self, x: Tensor, key_mask: Tensor | None = None) -> Tensor:
        if self.post_norm:
            x = self.norm1(x + self.attention(x, key_mask))
            return self.norm2(x + self.mlp(x))
        x = x + self.attention(self.norm1(x), key_mask)
        return x + self.mlp(self.norm2(x))


class Vision(nn.Module):
    """E_v of Eq. 1: ViT in ViTPose's form. Images [B, 3, H, W] to tokens [B, M, D]."""

    def __init__(self, config: dict):
        super().__init__()
        sizes = config["vision"]
        rows, columns = token_grid(config)
        self.patch_embedding = nn.Conv2d(
            3, sizes["width"], sizes["patchSize"], stride=sizes["patchSize"], padding=sizes["patchPadding"]
        )
        self.position_embedding = nn.Parameter(torch.zeros(rows * columns, sizes["width"]))
        self.blocks = nn.ModuleList(EncoderBlock(sizes) for _ in range(sizes["layers"]))
        self.norm = nn.LayerNorm(sizes["width"], eps=sizes["epsilon"])

    def forward(self, images: Tensor) -> Tensor:
        x = self.patch_embedding(images).flatten(2).transpose(1, 2) + self.position_embedding
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


class Temporal(nn.Module):
    """T_T of Eq. 2: attention over the frames at each token position."""

    def __init__(self, config: dict):
        super().__init__()
        sizes = config["vision"]
        self.position_embedding = nn.Parameter(torch.zeros(frame_count(config), sizes["width"]))
        self.blocks = nn.ModuleList(EncoderBlock(sizes) for _ in range(config["fusion"]["temporalLayers"]))

    def forward(self, x: Tensor) -> Tensor:
        batch = x.shape[0]
        x = x + self.position_embedding[:, None, :]
        x = x.transpose(1, 2).flatten(0, 1)  # [B, F, M, D] -> [B*M, F, D]
        for block in self.blocks:
            x = block(x)
        return x.unflatten(0, (batch, -1)).transpose(1, 2)


class Fusion(nn.Module):
    """Eq. 2: T_S, T_T and the temporal fusion layer. Tokens [B, F, M, D] to F_visual [B, M, D]."""

    def __init__(self, config: dict):
        super().__init__()
        sizes, frames = config["vision"], frame_count(config)
        self.keyframe = config["temporalSpan"]
        self.spatial = nn.ModuleList(EncoderBlock(sizes) for _ in range(config["fusion"]["spatialLayers"]))
        self.temporal = Temporal(config)
        self.projection = nn.Linear(frames * sizes["width"], sizes["width"])

    def forward(self, x: Tensor) -> Tensor:
        batch = x.shape[0]
        x = x.flatten(0, 1)
        for block in self.spatial:
            x = block(x)
        x = self.temporal(x.unflatten(0, (batch, -1)))
        in_time_order = x.transpose(1, 2).flatten(2)  # [B, M, F*D]
        return x[:, self.keyframe] + self.projection(in_time_order)


class TextEmbeddings(nn.Module):
    """Sum of word, position and token type (always 0) embeddings, normalised."""

    def __init__(self, sizes: dict):
        super().__init__()
        width = sizes["width"]
        self.word = nn.Parameter(torch.zeros(sizes["vocabularySize"], width))
        self.position = nn.Parameter(torch.zeros(sizes["positions"], width))
        self.token_type = nn.Parameter(torch.zeros(sizes["typeVocabularySize"], width))
        self.norm = nn.LayerNorm(width, eps=sizes["epsilon"])

    def forward(self, input_ids: Tensor) -> Tensor:
        positions = self.position[: input_ids.shape[1]]
        return self.norm(self.word[input_ids.long()] + positions + self.token_type[0])


class Text(nn.Module):
    """E_t: BERT. Token ids [B, N] to G_text [B, N, D_text], padding masked as keys."""

    def __init__(self, sizes: dict):
        super().__init__()
        self.embeddings = TextEmbeddings(sizes)
        self.blocks = nn.ModuleList(EncoderBlock(sizes, post_norm=True) for _ in range(sizes["layers"]))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        x = self.embeddings(input_ids)
        for block in self.blocks:
            x = block(x, attention_mask)
        return x


class Adapter(nn.Module):
    """Eq. 3: G + Gelu(G W_down) W_up, after a linear projection where text and vision widths differ."""

    def __init__(self, config: dict):
        super().__init__()
        width, text_width = config["vision"]["width"], config["text"]["width"]
        if text_width != width:
            self.input = nn.Linear(text_width, width)
        self.down = nn.Linear(width, config["interaction"]["bottleneck"], bias=False)
        self.up = nn.Linear(config["interaction"]["bottleneck"], width, bias=False)

    def forward(self, text: Tensor) -> Tensor:
        if hasattr(self, "input"):
            text = self.input(text)
        return text + self.up(functional.gelu(self.down(text)))


class CrossAttention(nn.Module):
    """Multi-head cross-attention with one projection for key and value (rows in that order)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.projection = nn.Linear(width, width)

    def forward(self, x: Tensor, context: Tensor, key_mask: Tensor | None) -> Tensor:
        key, value = self.key_value(context).chunk(2, -1)
        return self.projection(attend(self.query(x), key, value, self.heads, key_mask))


class CrossBlock(nn.Module):
    """One side (VCA or TCA) of a CSI layer: Eq. 4 with residuals, normalisation and feed-forward."""

    def __init__(self, width: int, sizes: dict):
        super().__init__()
        self.norm_query = nn.LayerNorm(width, eps=sizes["epsilon"])
        self.norm_context = nn.LayerNorm(width, eps=sizes["epsilon"])
        self.attention = CrossAttention(width, sizes["heads"])
        self.norm_mlp = nn.LayerNorm(width, eps=sizes["epsilon"])
        self.mlp = FeedForward(width, sizes["hidden"])

    def forward(self, x: Tensor, context: Tensor, key_mask: Tensor | None = None) -> Tensor:
        x = x + self.attention(self.norm_query(x), self.norm_context(context), key_mask)
        return x + self.mlp(self.norm_mlp(x))


class LiteralAttention(nn.Module):
    """Eq. 4 as printed: one head, no bias, no output projection."""

    def __init__(self, width: int):
        super().__init__()
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, context: Tensor, key_mask: Tensor | None) -> Tensor:
        return attend(self.query(x), self.key(context), self.value(context), 1, key_mask)


class LiteralBlock(nn.Module):
    """One side of a CSI layer, Eq. 4 as printed: no residual, normalisation or feed-forward."""

    def __init__(self, width: int):
        super().__init__()
        self.attention = LiteralAttention(width)

    def forward(self, x: Tensor, context: Tensor, key_mask: Tensor | None = None) -> Tensor:
        return self.attention(x, context, key_mask)


class InteractionLayer(nn.Module):
    """One CSI layer: both sides read the same states of the layer before."""

    def __init__(self, config: dict):
        super().__init__()
        width, sizes = config["vision"]["width"], config["interaction"]

        def side() -> nn.Module:
            return LiteralBlock(width) if sizes["literal"] else CrossBlock(width, sizes)

        self.visual = side()
        self.text = side()

    def forward(self, visual: Tensor, text: Tensor, text_mask: Tensor) -> tuple[Tensor, Tensor]:
        return self.visual(visual, text, text_mask), self.text(text, visual)


class BatchNorm(nn.Module):
    """Batch normalisation of [B, C, H, W] whose only buffers are the running mean and variance."""

    def __init__(self, channels: int, epsilon: float, momentum: float = 0.1):
        super().__init__()
        self.epsilon = epsilon
        self.momentum = momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        return functional.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, self.training, self.momentum, self.epsilon
        )


class ClassicHead(nn.Module):
    """ViTPose's classic decoder. Features [B, D, h, w] to heatmaps [B, K, 4h, 4w]."""

    def __init__(self, config: dict, keypoints: int):
        super().__init__()
        width, channels, epsilon = config["vision"]["width"], config["head"]["channels"], config["head"]["epsilon"]
        self.deconvolution1 = nn.ConvTranspose2d(width, channels, 4, stride=2, padding=1, bias=False)
        self.batch_norm1 = BatchNorm(channels, epsilon)
        self.deconvolution2 = nn.ConvTranspose2d(channels, channels, 4, stride=2, padding=1, bias=False)
        self.batch_norm2 = BatchNorm(channels, epsilon)
        self.convolution = nn.Conv2d(channels, keypoints, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.batch_norm1(self.deconvolution1(x)))
        x = functional.relu(self.batch_norm2(self.deconvolution2(x)))
        return self.convolution(x)


class SimpleHead(nn.Module):
    """ViTPose's simple decoder. Features [B, D, h, w] to heatmaps [B, K, 4h, 4w]."""

    def __init__(self, config: dict, keypoints: int):
        super().__init__()
        self.convolution = nn.Conv2d(config["vision"]["width"], keypoints, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.interpolate(functional.relu(x), scale_factor=4, mode="bilinear", align_corners=False)
        return self.convolution(x)


def transport_cost_matrix(visual: Tensor, text: Tensor) -> Tensor:
    """C of Eq. 6: one minus the cosine of every pair. [B, M, D] and [B, N, D] to [B, M, N]."""
    return 1 - functional.normalize(visual, dim=-1) @ functional.normalize(text, dim=-1).transpose(-1, -2)


def text_distribution(input_ids: Tensor, attention_mask: Tensor, sizes: dict) -> Tensor:
    """beta of Eq. 5, [B, N] in float64: uniform over the real words, zero at [CLS], [SEP] and padding.

    A description without a word gets zeros throughout.
    """
    words = (attention_mask != 0) & (input_ids != sizes["clsId"]) & (input_ids != sizes["sepId"])
    return words.double() / words.sum(-1, keepdim=True).clamp(min=1)


def sinkhorn(cost: Tensor, beta: Tensor, regularisation: float, iterations: int) -> Tensor:
    """Plan P* of Eqs. 8-10 in the log domain; alpha is uniform.

    cost [B, M, N], beta [B, N], result [B, M, N]. Columns without mass take no part: tau^(0) is one at the
    columns that have mass and zero elsewhere, so padding never changes the plan. Where no column has mass the
    plan is zero.
    """
    beta = beta.to(cost.dtype)
    has_mass = beta.sum(-1) > 0
    beta = torch.where(has_mass[:, None], beta, torch.ones_like(beta))  # any finite stand-in; erased at the end
    log_kernel = -cost / regularisation
    log_alpha = -math.log(cost.shape[1])
    log_beta = beta.log()
    log_tau = torch.zeros_like(beta).masked_fill(beta == 0, -math.inf)
    for _ in range(iterations):
        log_nu = log_alpha - torch.logsumexp(log_kernel + log_tau[:, None, :], dim=2)  # Eq. 9
        log_tau = log_beta - torch.logsumexp(log_kernel + log_nu[:, :, None], dim=1)  # Eq. 10
    plan = torch.exp(log_nu[:, :, None] + log_kernel + log_tau[:, None, :])  # Eq. 8
    return plan * has_mass[:, None, None]


class Lapose(nn.Module):
    """LAPose whole."""

    def __init__(self, config: dict):
        super().__init__()
        self.config = config
        self.vision = Vision(config)
        if config["temporal"]:
            self.fusion = Fusion(config)
        if config["language"]:
            self.text = Text(config["text"])
            self.adapter = Adapter(config)
            self.interaction = nn.ModuleList(
                InteractionLayer(config) for _ in range(config["interaction"]["layers"])
            )
        head = ClassicHead if config["head"]["kind"] == "classic" else SimpleHead
        self.head = head(config, KEYPOINT_COUNTS[config["keypoints"]])

    def forward(
        self, pixels: Tensor, input_ids: Tensor | None = None, attention_mask: Tensor | None = None
    ) -> dict[str, Tensor]:
        """pixels [B, F, 3, H, W] normalised; input_ids and attention_mask [B, N] (with language only).

        Returns heatmaps [B, K, 4h, 4w] and visual [B, M, D]; with language also text [B, N, D],
        transportPlan [B, M, N] and transportCost [B] (Eq. 11 per person). The plan is held fixed in the
        gradient of the cost unless the configuration says `unrolled`.
        """
        config = self.config
        frames = frame_count(config)
        if pixels.shape[1] != frames:
            raise ValueError(f"Cannot run the model on {pixels.shape[1]} frames, expected {frames}")
        tokens = self.vision(pixels.flatten(0, 1)).unflatten(0, (-1, frames))
        visual = self.fusion(tokens) if config["temporal"] else tokens[:, 0]
        outputs: dict[str, Tensor] = {}
        if config["language"]:
            text = self.adapter(self.text(input_ids, attention_mask))
            for layer in self.interaction:
                visual, text = layer(visual, text, attention_mask)
            cost = transport_cost_matrix(visual, text)
            sizes = config["transport"]
            plan = sinkhorn(
                cost if sizes["unrolled"] else cost.detach(),
                text_distribution(input_ids, attention_mask, config["text"]),
                sizes["lambda"],
                sizes["iterations"],
            )
            outputs = {"text": text, "transportPlan": plan, "transportCost": (plan * cost).sum((1, 2))}
        features = visual.transpose(1, 2).unflatten(2, token_grid(config))
        return {"heatmaps": self.head(features), "visual": visual, **outputs}
