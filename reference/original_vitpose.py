"""ViTPose with the module names of its original repository (MMPose 0.x), and of MMPose 1.x: only what names depend on.

Written from the published module names; the forward pass shows that a state dictionary in these names computes what
Hugging Face's port computes, so that `convert` can be tested on checkpoints of all three spellings.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Attention(nn.Module):
    """Multi-head self-attention; rows of qkv are queries, keys, values."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = qkv[0], qkv[1], qkv[2]
        weights = (query @ key.transpose(-2, -1) * (width // self.heads) ** -0.5).softmax(dim=-1)
        return self.proj((weights @ value).transpose(1, 2).reshape(batch, tokens, width))


class Mlp(nn.Module):
    """Feed-forward part; with experts, the chosen one supplies the last channels (ViTPose+)."""

    def __init__(self, width: int, hidden: int, experts: int, part_features: int, expert: int):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width - part_features)
        self.expert = expert
        if experts:
            self.experts = nn.ModuleList(nn.Linear(hidden, part_features) for _ in range(experts))

    def forward(self, x: Tensor) -> Tensor:
        x = functional.gelu(self.fc1(x))
        if not hasattr(self, "experts"):
            return self.fc2(x)
        return torch.cat([self.fc2(x), self.experts[self.expert](x)], dim=-1)


class Block(nn.Module):
    """Pre-norm transformer block."""

    def __init__(self, width: int, hidden: int, heads: int, epsilon: float, **moe: int):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=epsilon)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=epsilon)
        self.mlp = Mlp(width, hidden, **moe)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    """Patch convolution with padding 2."""

    def __init__(self, patch: int, width: int):
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, stride=patch, padding=2)

    def forward(self, image: Tensor) -> Tensor:
        return self.proj(image)


class Backbone(nn.Module):
    """The encoder; gives a feature map."""

    def __init__(self, vision: dict, positions: int, **moe: int):
        super().__init__()
        width = vision["width"]
        self.patch_embed = PatchEmbed(vision["patchSize"], width)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, positions + 1, width))
        self.blocks = nn.ModuleList(
            Block(width, vision["hidden"], vision["heads"], vision["epsilon"], **moe) for _ in range(vision["layers"])
        )
        self.last_norm = nn.LayerNorm(width, eps=vision["epsilon"])

    def forward(self, image: Tensor) -> Tensor:
        features = self.patch_embed(image)
        x = features.flatten(2).transpose(1, 2)
        x = x + self.pos_embed[:, 1:] + self.pos_embed[:, :1]
        for block in self.blocks:
            x = block(x)
        return self.last_norm(x).transpose(1, 2).reshape(features.shape)


class Head(nn.Module):
    """The classic head, or with `simple` the simple one."""

    def __init__(self, width: int, channels: int, keypoints: int, simple: bool):
        super().__init__()
        self.simple = simple
        if simple:
            self.final_layer = nn.Conv2d(width, keypoints, 3, padding=1)
            return
        self.deconv_layers = nn.Sequential(
            nn.ConvTranspose2d(width, channels, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(channels, channels, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
        )
        self.final_layer = nn.Conv2d(channels, keypoints, 1)

    def forward(self, x: Tensor) -> Tensor:
        if self.simple:
            return self.final_layer(functional.interpolate(functional.relu(x), scale_factor=4, mode="bilinear"))
        return self.final_layer(self.deconv_layers(x))


class OriginalVitpose(nn.Module):
    """ViTPose, or with `experts` ViTPose+, whose other data sets have heads of their own."""

    def __init__(
        self,
        config: dict,
        positions: int,
        keypoints: int,
        experts: int = 0,
        part_features: int = 0,
        expert: int = 0,
        other_heads: tuple[int, ...] = (),
    ):
        super().__init__()
        vision, head = config["vision"], config["head"]
        self.expert = expert
        self.backbone = Backbone(vision, positions, experts=experts, part_features=part_features, expert=expert)
        simple = head["kind"] == "simple"
        self.keypoint_head = Head(vision["width"], head["channels"], keypoints, simple)
        if other_heads:
            self.associate_keypoint_heads = nn.ModuleList(
                Head(vision["width"], head["channels"], count, simple) for count in other_heads
            )

    def forward(self, image: Tensor) -> Tensor:
        head = self.associate_keypoint_heads[self.expert - 1] if self.expert else self.keypoint_head
        return head(self.backbone(image))


def randomise_original(module: nn.Module, seed: int) -> None:
    """Fills every parameter and statistic in place, in the order of their names, from one seed; none stays zero or one."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in sorted(module.state_dict().items()):
            if name.endswith("num_batches_tracked"):
                continue
            draw = torch.randn(tensor.shape, generator=generator)
            if name.endswith("running_var"):
                tensor.copy_(draw.abs() + 0.3)
            elif name.endswith(("bias", "running_mean", "pos_embed", "cls_token")):
                tensor.copy_(0.3 * draw)
            elif tensor.ndim == 1:
                tensor.copy_(1 + 0.3 * draw)
            else:
                tensor.copy_(1.2 / tensor[0].numel() ** 0.5 * draw)


def mmpose_names(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """A state dictionary of OriginalVitpose in the names of MMPose 1.x, whose positions have no class slot."""
    renamed = {}
    for name, tensor in state.items():
        if name == "backbone.cls_token":
            continue
        if name == "backbone.pos_embed":
            tensor = tensor[:, 1:] + tensor[:, :1]
        for old, new in [
            ("backbone.patch_embed.proj.", "backbone.patch_embed.projection."),
            ("backbone.last_norm.", "backbone.ln1."),
            ("backbone.blocks.", "backbone.layers."),
            (".norm1.", ".ln1."),
            (".norm2.", ".ln2."),
            (".mlp.fc1.", ".ffn.layers.0.0."),
            (".mlp.fc2.", ".ffn.layers.1."),
            ("keypoint_head.", "head."),
        ]:
            name = name.replace(old, new)
        renamed[name] = tensor
    return renamed
