"""Writes tests/golden/model/*.safetensors and cross-checks lapose.py against Hugging Face and POT.

Expected values are computed in float64 from the stored float32 weights. The script also prints how far PyTorch's
own float32 is from them: the room that float32 needs.
"""

import numpy as np
import torch
import transformers
from torch import Tensor

from golden_file import check, largest_difference, write_golden
from huggingface import bert_module, canonical_bert, canonical_vitpose, randomise, vitpose_module
from lapose import Lapose, sinkhorn, text_distribution, transport_cost_matrix
from random_inputs import random_pixels, random_text
from random_weights import random_weights
from tiny_config import tiny_config
from transport_golden import pot_plan

VISION_ONLY = {"language": False, "temporal": False}

# Hugging Face's code takes hidden as a multiple of width, and fixes the padding at 2. Some epsilons are large, and
# differ between the parts, so that a model that takes the wrong one shows it.
VITPOSE_CASES = {
    "vitpose_classic": tiny_config(
        **VISION_ONLY,
        image={"height": 64, "width": 48},
        vision={"width": 24, "heads": 3, "hidden": 96, "layers": 2, "epsilon": 1e-12},
        head={"kind": "classic", "channels": 16},
        keypoints="coco17",
    ),
    "vitpose_simple": tiny_config(
        **VISION_ONLY,
        image={"height": 32, "width": 80},
        vision={"width": 28, "heads": 2, "hidden": 56, "layers": 3, "epsilon": 1e-6},
        head={"kind": "simple"},
        keypoints="posetrack15",
    ),
    "vitpose_simple_patch8": tiny_config(
        **VISION_ONLY,
        image={"height": 40, "width": 56},
        vision={"patchSize": 8, "width": 20, "heads": 4, "hidden": 40, "layers": 1, "epsilon": 0.01},
        head={"kind": "simple"},
        keypoints="mpii16",
    ),
}

BERT_CASES = {
    "bert_2_layers": tiny_config(
        interaction={"layers": 0},
        text={
            "vocabularySize": 101,
            "positions": 24,
            "width": 36,
            "heads": 3,
            "hidden": 50,
            "layers": 2,
            "epsilon": 1e-12,
        },
    ),
    "bert_4_layers": tiny_config(
        interaction={"layers": 0},
        text={
            "vocabularySize": 53,
            "typeVocabularySize": 1,
            "positions": 17,
            "width": 21,
            "heads": 3,
            "hidden": 37,
            "layers": 4,
            "epsilon": 0.02,
            "clsId": 5,
            "sepId": 7,
            "padId": 1,
        },
    ),
}

# name -> (config, words per person, padded tokens, random ids in the padding, note)
LAPOSE_CASES = {
    "lapose_whole": (
        tiny_config(
            vision={"epsilon": 0.01},
            text={"epsilon": 0.03},
            interaction={"epsilon": 0.1},
            head={"epsilon": 0.2},
        ),
        [9, 4],
        11,
        False,
        "language and temporal parts on, classic head",
    ),
    "lapose_language_off": (tiny_config(language=False, keypoints="coco17"), [0], 0, False, "temporal part only"),
    "lapose_temporal_off": (
        tiny_config(temporal=False, head={"kind": "simple"}),
        [6, 0, 11],
        13,
        True,
        "one frame; the second description has no word (plan and cost are zero); ids in the padding are random",
    ),
    "lapose_literal": (
        tiny_config(interaction={"literal": True}, temporal=False, head={"kind": "simple"}),
        [5, 8],
        11,
        True,
        "Eq. 4 as printed; ids in the padding are random",
    ),
    "lapose_widths": (
        tiny_config(
            text={"width": 24, "heads": 3, "clsId": 7, "sepId": 5},
            transport={"lambda": 0.02, "iterations": 12},
            fusion={"spatialLayers": 2, "temporalLayers": 1},
            vision={"layers": 1},
        ),
        [7],
        9,
        False,
        "text wider than vision, so adapter.input is present; small lambda; no padding",
    ),
    "lapose_span_2": (
        tiny_config(
            temporalSpan=2,
            head={"kind": "simple"},
            fusion={"spatialLayers": 0, "temporalLayers": 2},
            interaction={"layers": 1},
            vision={"layers": 1},
        ),
        [3],
        8,
        False,
        "five frames, two temporal layers, no spatial layer, simple head",
    ),
    "lapose_without_csi": (
        tiny_config(interaction={"layers": 0}, temporal=False, head={"kind": "simple"}, vision={"layers": 1}),
        [1, 6],
        8,
        False,
        "interaction.layers is 0",
    ),
}


def double(values: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.double() if tensor.is_floating_point() else tensor for name, tensor in values.items()}


def lapose_module(config: dict, weights: dict[str, Tensor]) -> Lapose:
    """lapose.py with exactly these weights, in their precision, in evaluation mode."""
    module = Lapose(config).to(next(iter(weights.values())).dtype)
    module.load_state_dict(weights, strict=True)
    return module.eval()


def write_vitpose(case: str, config: dict, seed: int) -> None:
    """Hugging Face's ViTPose; lapose.py without language and temporal parts must equal it, and so must a whole
    LAPose whose added parts are still the identity."""
    module = vitpose_module(config)
    randomise(module, seed)
    pixels = random_pixels(config, 2, seed + 1)
    weights = canonical_vitpose(module.state_dict())
    heatmaps = module(pixels[:, 0]).heatmaps
    visual = module.backbone(pixels[:, 0]).feature_maps[-1]
    ours = lapose_module(config, weights)(pixels)
    print(case)
    check("lapose.py heatmaps against Hugging Face, float32", ours["heatmaps"], heatmaps, 1e-5)
    check("lapose.py visual against Hugging Face, float32", ours["visual"], visual, 1e-5)
    check_identity(config, weights, pixels, heatmaps, seed)
    module = module.double()
    expected = {
        "heatmaps": module(pixels[:, 0].double()).heatmaps,
        "visual": module.backbone(pixels[:, 0].double()).feature_maps[-1],
    }
    check("float32 against float64, heatmaps", heatmaps, expected["heatmaps"], 2e-5)
    write_golden(
        "model",
        case,
        {"": weights, "input": {"pixels": pixels}, "expected": expected},
        config,
        f"transformers {transformers.__version__} VitPoseForPoseEstimation, torch {torch.__version__}, float64",
        "expected.visual is the backbone's output after its final norm, expected.heatmaps the head's output",
    )


def check_identity(
    config: dict, weights: dict[str, Tensor], pixels: Tensor, heatmaps: Tensor, seed: int
) -> None:
    """Whole LAPose on three frames with the added parts' last projections at zero: the keyframe's heatmaps."""
    whole = {**config, "language": True, "temporal": True}
    module = Lapose(whole).eval()
    added = random_weights({n: t.shape for n, t in module.state_dict().items() if n not in weights}, seed)
    for name, tensor in added.items():
        added_part = name.startswith(("fusion.", "adapter.up", "interaction."))
        if added_part and any(part in name for part in (".projection.", ".fc2.", ".up.", "position_embedding")):
            tensor.zero_()
    module.load_state_dict({**weights, **added}, strict=True)
    clip = torch.cat([torch.roll(pixels, 3, -1), pixels, -pixels], 1)
    text = random_text(config["text"], [2, 5], 9, seed)
    check("identity at initialisation, heatmaps", module(clip, *text)["heatmaps"], heatmaps, 1e-5)


def write_bert(case: str, config: dict, seed: int) -> None:
    """Hugging Face's BERT; the text branch of lapose.py must equal it."""
    module = bert_module(config["text"])
    randomise(module, seed)
    input_ids, attention_mask = random_text(config["text"], [11, 4, 0], 13, seed + 1)
    weights = canonical_bert(module.state_dict())
    hidden = module(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
    branch = Lapose(config).text
    branch.load_state_dict({name.removeprefix("text."): tensor for name, tensor in weights.items()}, strict=True)
    ours = branch(input_ids, attention_mask)
    print(case)
    real = attention_mask.bool()
    check("lapose.py text against Hugging Face, float32, unpadded", ours[real], hidden[real], 1e-5)
    print(f"  the same at padded positions: {largest_difference(ours[~real], hidden[~real]):.2e}")
    expected = module.double()(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
    check("float32 against float64, text", hidden[real], expected[real], 2e-5)
    write_golden(
        "model",
        case,
        {
            "": weights,
            "input": {"inputIds": input_ids, "attentionMask": attention_mask},
            "expected": {"text": expected},
        },
        config,
        f"transformers {transformers.__version__} BertModel, torch {torch.__version__}, float64",
        "text weights only; expected.text is the last hidden state, before the adapter; compare it where "
        "attentionMask is 1, other positions mean nothing",
    )


def write_lapose(
    case: str, config: dict, words: list[int], tokens: int, garbage: bool, note: str, seed: int
) -> None:
    """lapose.py whole, all parameters random; its transport must equal POT's."""
    shapes = {name: tensor.shape for name, tensor in Lapose(config).state_dict().items()}
    weights = random_weights(shapes, seed)
    inputs = {"pixels": random_pixels(config, len(words), seed + 1)}
    if config["language"]:
        ids, mask = random_text(config["text"], words, tokens, seed + 2, garbage)
        inputs |= {"inputIds": ids, "attentionMask": mask}
    single = lapose_module(config, weights)(*inputs.values())
    expected = lapose_module(config, double(weights))(*double(inputs).values())
    print(case)
    for name, tensor in expected.items():
        check(f"float32 against float64, {name}", single[name], tensor, 2e-5)
    if config["language"]:
        check_transport(config, inputs, expected)
    write_golden(
        "model",
        case,
        {"": weights, "input": inputs, "expected": expected},
        config,
        f"reference/lapose.py, torch {torch.__version__}, float64",
        note + ("; compare expected.text where attentionMask is 1" if config["language"] else ""),
    )


def check_transport(config: dict, inputs: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    """lapose.py's plan against POT's on the same cost matrix, for the case's lambda and for others."""
    cost = transport_cost_matrix(expected["visual"], expected["text"]).detach()
    beta = text_distribution(inputs["inputIds"], inputs["attentionMask"], config["text"])
    iterations = config["transport"]["iterations"]
    for regularisation in (config["transport"]["lambda"], 1.0, 0.02, 0.002):
        plan = sinkhorn(cost, beta, regularisation, iterations)
        pot = [pot_plan(c, b, regularisation, iterations) for c, b in zip(cost.numpy(), beta.numpy(), strict=True)]
        check(f"transport plan against POT, lambda {regularisation}", plan, torch.from_numpy(np.stack(pot)), 1e-6)


def main() -> None:
    torch.set_num_threads(1)  # the same sums in the same order in every run
    torch.set_grad_enabled(False)
    for index, (case, config) in enumerate(VITPOSE_CASES.items()):
        write_vitpose(case, config, seed=1000 + 10 * index)
    for index, (case, config) in enumerate(BERT_CASES.items()):
        write_bert(case, config, seed=2000 + 10 * index)
    for index, (case, settings) in enumerate(LAPOSE_CASES.items()):
        write_lapose(case, *settings, seed=3000 + 10 * index)


if __name__ == "__main__":
    main()
