"""Tiny Hugging Face modules (the real code, random weights) and their state dictionaries in canonical names."""

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel, VitPoseBackboneConfig, VitPoseConfig, VitPoseForPoseEstimation

from lapose import KEYPOINT_COUNTS


def vitpose_module(config: dict) -> VitPoseForPoseEstimation:
    """VitPoseForPoseEstimation of the sizes in `config`, in evaluation mode.

    Its classic decoder has 256 channels fixed in the code; narrower layers are put into the same decoder, whose
    forward code stays as it is.
    """
    vision, image, head = config["vision"], config["image"], config["head"]
    keypoints = KEYPOINT_COUNTS[config["keypoints"]]
    backbone = VitPoseBackboneConfig(
        image_size=(image["height"], image["width"]),
        patch_size=(vision["patchSize"], vision["patchSize"]),
        hidden_size=vision["width"],
        num_hidden_layers=vision["layers"],
        num_attention_heads=vision["heads"],
        mlp_ratio=vision["hidden"] // vision["width"],
        layer_norm_eps=vision["epsilon"],
        out_indices=[vision["layers"]],
    )
    module = VitPoseForPoseEstimation(
        VitPoseConfig(
            backbone_config=backbone,
            use_simple_decoder=head["kind"] == "simple",
            num_labels=keypoints,
        )
    )
    if head["kind"] == "classic":
        decoder, channels = module.head, head["channels"]
        decoder.deconv1 = nn.ConvTranspose2d(vision["width"], channels, 4, stride=2, padding=1, bias=False)
        decoder.batchnorm1 = nn.BatchNorm2d(channels, eps=head["epsilon"])
        decoder.deconv2 = nn.ConvTranspose2d(channels, channels, 4, stride=2, padding=1, bias=False)
        decoder.batchnorm2 = nn.BatchNorm2d(channels, eps=head["epsilon"])
        decoder.conv = nn.Conv2d(channels, keypoints, 1)
    return module.eval()


def bert_module(sizes: dict) -> BertModel:
    """BertModel of the sizes in `sizes` (the `text` part of a configuration), in evaluation mode."""
    return BertModel(
        BertConfig(
            vocab_size=sizes["vocabularySize"],
            type_vocab_size=sizes["typeVocabularySize"],
            max_position_embeddings=sizes["positions"],
            hidden_size=sizes["width"],
            num_hidden_layers=sizes["layers"],
            num_attention_heads=sizes["heads"],
            intermediate_size=sizes["hidden"],
            layer_norm_eps=sizes["epsilon"],
            pad_token_id=sizes["padId"],
        ),
        add_pooling_layer=False,
    ).eval()


def randomise(module: nn.Module, seed: int) -> None:
    """Fills every parameter and buffer in place, in the order of their names, from one seed.

    Scales as in `random_weights.py`: 1.2 (queries and keys 1.8) over the square root of the inputs.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in sorted(module.state_dict().items()):
            if name.endswith("num_batches_tracked"):
                continue
            draw = torch.randn(tensor.shape, generator=generator)
            if name.endswith("running_var"):
                tensor.copy_(draw.abs() + 0.3)
            elif name.endswith("running_mean"):
                tensor.copy_(0.3 * draw)
            elif name.endswith("bias"):
                tensor.copy_(0.2 * draw)
            elif "norm" in name.lower():
                tensor.copy_(1 + 0.3 * draw)
            elif "embeddings" in name and "projection" not in name:
                tensor.copy_(0.3 * draw)
            else:
                inputs = tensor[:, 0].numel() / 4 if "deconv" in name else tensor[0].numel()
                gain = 1.8 if ".query." in name or ".key." in name else 1.2
                tensor.copy_(gain / inputs**0.5 * draw)


def canonical_vitpose(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """A VitPoseForPoseEstimation state dictionary in canonical names: qkv joined, class position folded in."""
    position = state["backbone.embeddings.position_embeddings"][0]
    weights = {"vision.position_embedding": position[1:] + position[:1]}
    for part in ("weight", "bias"):
        weights[f"vision.patch_embedding.{part}"] = state[f"backbone.embeddings.patch_embeddings.projection.{part}"]
        weights[f"vision.norm.{part}"] = state[f"backbone.layernorm.{part}"]
    layer = 0
    while f"backbone.encoder.layer.{layer}.layernorm_before.weight" in state:
        source, target = f"backbone.encoder.layer.{layer}", f"vision.blocks.{layer}"
        for part in ("weight", "bias"):
            weights[f"{target}.norm1.{part}"] = state[f"{source}.layernorm_before.{part}"]
            weights[f"{target}.attention.qkv.{part}"] = torch.cat(
                [state[f"{source}.attention.attention.{role}.{part}"] for role in ("query", "key", "value")]
            )
            weights[f"{target}.attention.projection.{part}"] = state[f"{source}.attention.output.dense.{part}"]
            weights[f"{target}.norm2.{part}"] = state[f"{source}.layernorm_after.{part}"]
            weights[f"{target}.mlp.fc1.{part}"] = state[f"{source}.mlp.fc1.{part}"]
            weights[f"{target}.mlp.fc2.{part}"] = state[f"{source}.mlp.fc2.{part}"]
        layer += 1
    renamed = {"deconv": "deconvolution", "batchnorm": "batch_norm", "conv": "convolution"}
    for name, tensor in state.items():
        if not name.startswith("head.") or name.endswith("num_batches_tracked"):
            continue
        module, part = name.removeprefix("head.").split(".")
        letters = module.rstrip("12")
        weights[f"head.{renamed[letters]}{module[len(letters):]}.{part}"] = tensor
    return weights


def canonical_bert(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """A BertModel state dictionary (no pooler) in canonical names."""
    weights = {
        "text.embeddings.word": state["embeddings.word_embeddings.weight"],
        "text.embeddings.position": state["embeddings.position_embeddings.weight"],
        "text.embeddings.token_type": state["embeddings.token_type_embeddings.weight"],
    }
    for part in ("weight", "bias"):
        weights[f"text.embeddings.norm.{part}"] = state[f"embeddings.LayerNorm.{part}"]
    layer = 0
    while f"encoder.layer.{layer}.output.dense.weight" in state:
        source, target = f"encoder.layer.{layer}", f"text.blocks.{layer}"
        for part in ("weight", "bias"):
            weights[f"{target}.attention.qkv.{part}"] = torch.cat(
                [state[f"{source}.attention.self.{role}.{part}"] for role in ("query", "key", "value")]
            )
            weights[f"{target}.attention.projection.{part}"] = state[f"{source}.attention.output.dense.{part}"]
            weights[f"{target}.norm1.{part}"] = state[f"{source}.attention.output.LayerNorm.{part}"]
            weights[f"{target}.mlp.fc1.{part}"] = state[f"{source}.intermediate.dense.{part}"]
            weights[f"{target}.mlp.fc2.{part}"] = state[f"{source}.output.dense.{part}"]
            weights[f"{target}.norm2.{part}"] = state[f"{source}.output.LayerNorm.{part}"]
        layer += 1
    return weights
