"""Writes tests/golden/convert/: tiny public checkpoints of every kind, each with the canonical weights it converts to.

<case>/ holds the source as its library saves it, `expected.safetensors` or `expected_<choice>.safetensors` the weights
in canonical names. Before anything is written, the modules are run to show that the mapping is right: a Hugging Face
ViTPose loaded with the canonical weights must give the heatmaps of the source.
"""

import shutil
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import (
    BertConfig,
    BertForPreTraining,
    BertModel,
    ViTConfig,
    ViTForImageClassification,
    VitPoseBackboneConfig,
    VitPoseConfig,
    VitPoseForPoseEstimation,
)

from golden_file import GOLDEN, check, write_golden
from huggingface import canonical_bert, canonical_vitpose, randomise, vitpose_module
from original_vitpose import OriginalVitpose, mmpose_names, randomise_original
from tiny_config import tiny_config

FOLDER = GOLDEN / "convert"
POSITIONS = 16 * 12
# The data sets of ViTPose+ in the order of its experts, with their keypoints.
DATA_SETS = {"coco": 17, "aic": 14, "mpii": 16, "ap10k": 17, "apt36k": 17, "wholebody": 133}


def config_of(kind: str, epsilon: float = 1e-12, layers: int = 2) -> dict:
    """A ViTPose on 128 × 96 pixels with patches of 8, so that its grid is the real 16 × 12."""
    return tiny_config(
        language=False,
        temporal=False,
        image={"height": 128, "width": 96},
        vision={"patchSize": 8, "width": 8, "heads": 2, "hidden": 16, "layers": layers, "epsilon": epsilon},
        head={"kind": kind, "channels": 6},
        keypoints="coco17",
    )


def new_folder(case: str) -> Path:
    folder = FOLDER / case
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def write_expected(case: str, weights: dict[str, Tensor], config: dict, choice: str = "") -> None:
    source = f"transformers {transformers.__version__}, torch {torch.__version__}"
    name = f"expected_{choice}" if choice else "expected"
    write_golden(f"convert/{case}", name, {"": weights}, config, source)


def pixels() -> Tensor:
    return torch.randn(1, 3, 128, 96, generator=torch.Generator().manual_seed(1))


def canonical_module(weights: dict[str, Tensor], config: dict, keypoints: int) -> VitPoseForPoseEstimation:
    """Hugging Face's ViTPose with canonical weights: the inverse of `canonical_vitpose`, for the checks here."""
    module = vitpose_module(config)
    if keypoints != 17:
        kept = config["head"]
        module.head.conv = nn.Conv2d(kept["channels"], keypoints, 1)
    wanted = canonical_vitpose(module.state_dict())
    assert wanted.keys() == weights.keys(), wanted.keys() ^ weights.keys()
    state = module.state_dict()
    position = weights["vision.position_embedding"]
    state["backbone.embeddings.position_embeddings"] = torch.cat([torch.zeros(1, 8), position])[None]
    for part in ("weight", "bias"):
        state[f"backbone.embeddings.patch_embeddings.projection.{part}"] = weights[f"vision.patch_embedding.{part}"]
        state[f"backbone.layernorm.{part}"] = weights[f"vision.norm.{part}"]
        for layer in range(config["vision"]["layers"]):
            source, target = f"vision.blocks.{layer}", f"backbone.encoder.layer.{layer}"
            for role, tensor in zip(
                ("query", "key", "value"), weights[f"{source}.attention.qkv.{part}"].chunk(3), strict=True
            ):
                state[f"{target}.attention.attention.{role}.{part}"] = tensor
            for old, new in {
                "norm1": "layernorm_before",
                "norm2": "layernorm_after",
                "attention.projection": "attention.output.dense",
                "mlp.fc1": "mlp.fc1",
                "mlp.fc2": "mlp.fc2",
            }.items():
                state[f"{target}.{new}.{part}"] = weights[f"{source}.{old}.{part}"]
    for name, tensor in weights.items():
        if name.startswith("head."):
            renamed = name.replace("deconvolution", "deconv").replace("batch_norm", "batchnorm")
            state[renamed.replace("convolution", "conv")] = tensor
    module.load_state_dict(state)
    return module


def check_heatmaps(what: str, heatmaps: Tensor, weights: dict[str, Tensor], config: dict) -> None:
    module = canonical_module(weights, config, heatmaps.shape[1])
    check(f"heatmaps of {what}", module(pixels()).heatmaps, heatmaps, 1e-5)


def write_vitpose() -> None:
    """`save_pretrained` of Hugging Face: the classic head in float32, the simple one in bfloat16 and in shards."""
    module = vitpose_module(config_of("classic"))
    randomise(module, 6000)
    module.save_pretrained(new_folder("huggingface_vitpose"))
    write_expected("huggingface_vitpose", canonical_vitpose(module.state_dict()), config_of("classic"))

    config = config_of("simple")
    module = vitpose_module(config)
    randomise(module, 6010)
    module = module.to(torch.bfloat16)
    module.save_pretrained(new_folder("huggingface_vitpose_sharded"), max_shard_size="8KB")
    rounded = {name: tensor.float() for name, tensor in module.state_dict().items()}
    # The fold happens in float32 there, after the values were rounded.
    write_expected("huggingface_vitpose_sharded", canonical_vitpose(rounded), config)


def merge_experts(state: dict[str, Tensor], expert: int) -> dict[str, Tensor]:
    merged = {}
    for name, tensor in state.items():
        if ".experts." in name:
            continue
        if ".mlp.fc2." in name:
            tensor = torch.cat([tensor, state[name.replace("fc2.", f"experts.{expert}.")]])
        merged[name] = tensor
    return merged


def write_vitpose_plus() -> None:
    config = config_of("simple", layers=2)
    vision = config["vision"]
    module = VitPoseForPoseEstimation(
        VitPoseConfig(
            backbone_config=VitPoseBackboneConfig(
                image_size=(128, 96),
                patch_size=(8, 8),
                hidden_size=8,
                num_hidden_layers=2,
                num_attention_heads=2,
                mlp_ratio=2,
                layer_norm_eps=vision["epsilon"],
                out_indices=[2],
                num_experts=6,
                part_features=3,
            ),
            use_simple_decoder=True,
            num_labels=17,
        )
    ).eval()
    randomise(module, 6020)
    module.save_pretrained(new_folder("huggingface_vitpose_plus"))
    for choice in ("coco", "ap10k"):
        expert = list(DATA_SETS).index(choice)
        weights = canonical_vitpose(merge_experts(module.state_dict(), expert))
        heatmaps = module(pixels(), dataset_index=torch.tensor([expert])).heatmaps
        check_heatmaps(f"Hugging Face's expert {choice}", heatmaps, weights, config)
        write_expected("huggingface_vitpose_plus", weights, config, choice)


def canonical_original(state: dict[str, Tensor], head: str = "keypoint_head") -> dict[str, Tensor]:
    """Canonical weights of a dense state dictionary in the original names."""
    position = state["backbone.pos_embed"][0]
    weights = {"vision.position_embedding": position[1:] + position[:1]}
    modules = {"patch_embed.proj": "patch_embedding", "last_norm": "norm"}
    for name, tensor in state.items():
        if name in ("backbone.pos_embed", "backbone.cls_token") or name.endswith("num_batches_tracked"):
            continue
        if name.startswith("backbone."):
            path, part = name.removeprefix("backbone.").rsplit(".", 1)
            path = path.replace("attn.qkv", "attention.qkv").replace("attn.proj", "attention.projection")
            weights[f"vision.{modules.get(path, path)}.{part}"] = tensor
        elif name.startswith(f"{head}."):
            path, part = name.removeprefix(f"{head}.").rsplit(".", 1)
            renamed = {
                "deconv_layers.0": "deconvolution1",
                "deconv_layers.1": "batch_norm1",
                "deconv_layers.3": "deconvolution2",
                "deconv_layers.4": "batch_norm2",
                "final_layer": "convolution",
            }
            weights[f"head.{renamed[path]}.{part}"] = tensor
    return weights


def contiguous(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().clone().contiguous() for name, tensor in state.items()}


def write_original() -> None:
    """State dictionaries as they come out of a .pth file; float16, experts, and MMPose 1.x."""
    config = config_of("classic", epsilon=1e-6)
    module = OriginalVitpose(config, POSITIONS, 17).eval()
    randomise_original(module, 6030)
    half = {name: t.half() if t.is_floating_point() else t for name, t in module.state_dict().items()}
    save_file(contiguous(half), new_folder("original_vitpose") / "model.safetensors", {"format": "pt"})
    state = {name: t.float() if t.is_floating_point() else t for name, t in half.items()}
    module.load_state_dict(state)
    weights = canonical_original(state)
    check_heatmaps("the original names", module(pixels()), weights, config)
    write_expected("original_vitpose", weights, config)

    config = config_of("simple", epsilon=1e-6, layers=1)
    module = OriginalVitpose(config, POSITIONS, 17).eval()
    randomise_original(module, 6040)
    state = module.state_dict()
    save_file(contiguous(mmpose_names(state)), new_folder("mmpose") / "model.safetensors", {"format": "pt"})
    write_expected("mmpose", canonical_original(state), config)


def write_original_plus() -> None:
    config = config_of("classic", epsilon=1e-6, layers=1)
    counts = tuple(DATA_SETS.values())[1:]
    moe = {"experts": 6, "part_features": 2, "other_heads": counts}
    module = OriginalVitpose(config, POSITIONS, 17, **moe).eval()
    randomise_original(module, 6050)
    state = module.state_dict()
    folder = new_folder("original_vitpose_plus")
    # What torch.save wrote may sit one level down.
    nested = {f"state_dict.{name}": tensor for name, tensor in state.items()}
    save_file(contiguous(nested), folder / "model.safetensors", {"format": "pt"})
    for choice, keypoints in {"coco": 17, "mpii": 16}.items():
        expert = list(DATA_SETS).index(choice)
        head = f"associate_keypoint_heads.{expert - 1}" if expert else "keypoint_head"
        weights = canonical_original(merge_experts(state, expert), head)
        chosen = OriginalVitpose(config, POSITIONS, 17, expert=expert, **moe).eval()
        chosen.load_state_dict(state)
        heatmaps = chosen(pixels())
        assert heatmaps.shape[1] == keypoints
        check_heatmaps(f"the original expert {choice}", heatmaps, weights, config)
        write_expected("original_vitpose_plus", weights, config, choice)


def resized(positions: Tensor, antialias: bool) -> Tensor:
    """The patches' part of [1, N+1, D] on a square grid, as timm (antialias) and PyTorch alone resize it."""
    side = round((positions.shape[1] - 1) ** 0.5)
    grid = positions[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
    grid = functional.interpolate(grid.double(), size=(16, 12), mode="bicubic", antialias=antialias)
    return grid.permute(0, 2, 3, 1).reshape(POSITIONS, -1).float()


def write_vit() -> None:
    """A plain encoder: Hugging Face's with a classifier, and the same in timm's names without one."""
    config = tiny_config(
        vision={"patchSize": 8, "width": 8, "heads": 2, "hidden": 16, "layers": 2, "epsilon": 1e-12},
        image={"height": 128, "width": 96},
    )
    module = ViTForImageClassification(
        ViTConfig(
            image_size=14 * 8,
            patch_size=8,
            hidden_size=8,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=16,
            num_labels=5,
        )
    ).eval()
    randomise(module, 6060)
    folder = new_folder("huggingface_vit")
    module.save_pretrained(folder)
    state = saved_state(folder)
    for choice in ("antialias", "plain"):
        weights = canonical_vit(state, antialias=choice == "antialias")
        write_expected("huggingface_vit", weights, config, choice)
    timm = {}
    for name, tensor in canonical_vit(state, antialias=True).items():
        name = name.removeprefix("vision.").replace("patch_embedding", "patch_embed.proj")
        timm[name.replace("attention.qkv", "attn.qkv").replace("attention.projection", "attn.proj")] = tensor
    del timm["position_embedding"]
    timm["cls_token"] = state["vit.embeddings.cls_token"]
    timm["pos_embed"] = state["vit.embeddings.position_embeddings"]
    timm["head.weight"], timm["head.bias"] = state["classifier.weight"], state["classifier.bias"]
    save_file(contiguous(timm), new_folder("timm_vit") / "model.safetensors", {"format": "pt"})


def saved_state(folder: Path) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def canonical_vit(state: dict[str, Tensor], antialias: bool) -> dict[str, Tensor]:
    weights = {"vision.position_embedding": resized(state["vit.embeddings.position_embeddings"], antialias)}
    for part in ("weight", "bias"):
        weights[f"vision.patch_embedding.{part}"] = state[f"vit.embeddings.patch_embeddings.projection.{part}"]
        weights[f"vision.norm.{part}"] = state[f"vit.layernorm.{part}"]
        for layer in range(2):
            source, target = f"vit.encoder.layer.{layer}", f"vision.blocks.{layer}"
            weights[f"{target}.attention.qkv.{part}"] = torch.cat(
                [state[f"{source}.attention.attention.{role}.{part}"] for role in ("query", "key", "value")]
            )
            for old, new in {
                "layernorm_before": "norm1",
                "layernorm_after": "norm2",
                "attention.output.dense": "attention.projection",
                "intermediate.dense": "mlp.fc1",
                "output.dense": "mlp.fc2",
            }.items():
                weights[f"{target}.{new}.{part}"] = state[f"{source}.{old}.{part}"]
    return weights


def write_bert() -> None:
    """BertForPreTraining with the names of the first published file, and a bare BertModel (as MiniLM is saved)."""
    sizes = {"vocabularySize": 41, "typeVocabularySize": 2, "positions": 20}
    config = tiny_config(text={**sizes, "width": 12, "heads": 3, "hidden": 20, "layers": 2})
    settings = BertConfig(
        vocab_size=41,
        max_position_embeddings=20,
        hidden_size=12,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=20,
    )
    module = BertForPreTraining(settings).eval()
    randomise(module, 6070)
    folder = new_folder("huggingface_bert")
    module.save_pretrained(folder)
    state = saved_state(folder)
    weights = canonical_bert({name.removeprefix("bert."): tensor for name, tensor in state.items()})
    old_names = {}
    for name, tensor in state.items():
        name = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        old_names[name] = tensor
    old_names["bert.embeddings.position_ids"] = torch.arange(20)[None]
    save_file(contiguous(old_names), folder / "model.safetensors", {"format": "pt"})
    write_expected("huggingface_bert", weights, config)

    module = BertModel(settings).eval()
    randomise(module, 6080)
    module.save_pretrained(new_folder("huggingface_bert_bare"))
    write_expected("huggingface_bert_bare", canonical_bert(module.state_dict()), config)


def main() -> None:
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    write_vitpose()
    write_vitpose_plus()
    write_original()
    write_original_plus()
    write_vit()
    write_bert()


if __name__ == "__main__":
    main()
