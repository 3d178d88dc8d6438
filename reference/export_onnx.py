"""Writes tests/golden/export/: tiny Hugging Face ViTPose and BERT models as ONNX files from both torch exporters.

Per source also a .safetensors golden file with the weights in canonical names, inputs and expected outputs, which a
conversion of any of its ONNX files must reproduce. Every ONNX file is run in onnxruntime here and must agree.
"""

import copy
import logging
import warnings
from pathlib import Path

import onnx
import onnxruntime
import torch
import transformers
from torch import Tensor, nn

from golden_file import GOLDEN, check, write_golden
from huggingface import bert_module, canonical_bert, canonical_vitpose, randomise, vitpose_module
from random_inputs import random_pixels, random_text
from tiny_config import tiny_config

FOLDER = GOLDEN / "export"

# (exporter, opset). "dynamo" is its default, whose optimiser folds transposes and batch normalisations into weights
# and so makes most of them anonymous; "dynamo_plain" is without the optimiser, which keeps every name, and with the
# weights in a file of their own.
VITPOSE_FILES = {
    "classic": [("torchscript", 11), ("dynamo", 18)],
    "simple": [("torchscript", 17), ("dynamo_plain", 21)],
}
BERT_FILES = [("torchscript", 11), ("torchscript", 17), ("dynamo", 18), ("dynamo_plain", 21)]


class Heatmaps(nn.Module):
    """ViTPose with a tensor as its only output."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, pixel_values: Tensor) -> Tensor:
        return self.model(pixel_values).heatmaps


class LastHiddenState(nn.Module):
    """BERT with a tensor as its only output."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state


def set_attention(model: nn.Module, implementation: str) -> None:
    """ViTPose's wrapper refuses what its backbone can do, so the backbone is asked."""
    getattr(model, "backbone", model).set_attn_implementation(implementation)


def export(
    module: nn.Module,
    inputs: dict[str, Tensor],
    output: str,
    path: Path,
    settings: tuple[str, int],
    dynamic: dict[str, dict[int, str]],
) -> None:
    """Writes one ONNX file (and for dynamo_plain the data file beside it)."""
    exporter, opset = settings
    common = {
        "input_names": list(inputs),
        "output_names": [output],
        "opset_version": opset,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if exporter == "torchscript":
            # That exporter knows the fused attention from opset 14 on.
            set_attention(module.model, "eager" if opset < 14 else "sdpa")
            torch.onnx.export(module, tuple(inputs.values()), path, dynamo=False, dynamic_axes=dynamic, **common)
        else:
            set_attention(module.model, "sdpa")
            shapes = {
                name: {axis: torch.export.Dim(size) for axis, size in axes.items()} for name, axes in dynamic.items()
            }
            program = torch.onnx.export(
                module,
                tuple(inputs.values()),
                dynamo=True,
                dynamic_shapes=shapes,
                verbose=False,
                optimize=exporter == "dynamo",
                **common,
            )
            program.save(path, external_data=exporter == "dynamo_plain")
    strip_places(path)
    onnx.checker.check_model(path, full_check=True)


def strip_places(path: Path) -> None:
    """Takes comments and node metadata (stack traces, source places) out: two thirds of the file, and they differ
    between machines. Names of nodes, values and weights stay.
    """
    model = onnx.load(path, load_external_data=False)
    graph = model.graph
    for entry in [*graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer, graph, model]:
        entry.ClearField("metadata_props")
        entry.ClearField("doc_string")
    path.write_bytes(model.SerializeToString(deterministic=True))


def export_all(
    source: str,
    module: nn.Module,
    inputs: dict[str, Tensor],
    dynamic: dict[str, dict[int, str]],
    output: str,
    expected: Tensor,
    files: list[tuple[str, int]],
    compared: Tensor,
) -> None:
    """All ONNX files of one source; `compared` (boolean, broadcast to the output) says which values count."""
    for settings in files:
        exporter, opset = settings
        path = FOLDER / f"{source}_{exporter}_opset{opset}.onnx"
        export(module, inputs, output, path, settings, dynamic)
        model = onnx.load(path, load_external_data=False)
        found = {entry.domain: entry.version for entry in model.opset_import}.get("")
        names = [tensor.name for tensor in model.graph.initializer]
        anonymous = sum(not name.startswith("model.") for name in names)
        size = sum(file.stat().st_size for file in FOLDER.glob(f"{path.name}*"))
        print(
            f"export/{path.name}: {size / 1000:.0f} kB, opset {found}, {len(names)} initializers "
            f"({anonymous} anonymous)"
        )
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        actual = torch.from_numpy(session.run(None, {name: value.numpy() for name, value in inputs.items()})[0])
        check("onnxruntime against PyTorch", actual * compared, expected * compared, 2e-5)


def write_vitpose(kind: str, seed: int) -> None:
    config = tiny_config(
        language=False,
        temporal=False,
        vision={"width": 8, "heads": 2, "hidden": 16, "layers": 2 if kind == "classic" else 1, "epsilon": 1e-12},
        head={"kind": kind, "channels": 6},
        keypoints="coco17",
    )
    module = vitpose_module(config)
    randomise(module, seed)
    pixels = random_pixels(config, 1, seed + 1)
    heatmaps = copy.deepcopy(module).double()(pixels[:, 0].double()).heatmaps
    write_golden(
        "export",
        f"vitpose_{kind}",
        {"": canonical_vitpose(module.state_dict()), "input": {"pixels": pixels}, "expected": {"heatmaps": heatmaps}},
        config,
        f"transformers {transformers.__version__} VitPoseForPoseEstimation, torch {torch.__version__}, float64",
    )
    export_all(
        f"vitpose_{kind}",
        Heatmaps(module).eval(),
        {"pixel_values": pixels[:, 0]},
        {"pixel_values": {0: "batch"}},
        "heatmaps",
        heatmaps,
        VITPOSE_FILES[kind],
        torch.tensor(1),
    )


def write_bert(seed: int) -> None:
    config = tiny_config(
        interaction={"layers": 0}, text={"width": 12, "heads": 3, "hidden": 20, "epsilon": 1e-12, "layers": 2}
    )
    module = bert_module(config["text"])
    randomise(module, seed)
    input_ids, attention_mask = random_text(config["text"], [7, 3], 10, seed + 1)
    double = copy.deepcopy(module).double()
    hidden = double(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
    write_golden(
        "export",
        "bert",
        {
            "": canonical_bert(module.state_dict()),
            "input": {"inputIds": input_ids, "attentionMask": attention_mask},
            "expected": {"text": hidden},
        },
        config,
        f"transformers {transformers.__version__} BertModel, torch {torch.__version__}, float64",
        "expected.text is the last hidden state, before the adapter; compare it where attentionMask is 1",
    )
    axes = {0: "batch", 1: "tokens"}
    export_all(
        "bert",
        LastHiddenState(module).eval(),
        {"input_ids": input_ids.long(), "attention_mask": attention_mask.long()},
        {"input_ids": axes, "attention_mask": axes},
        "last_hidden_state",
        hidden,
        BERT_FILES,
        attention_mask[:, :, None],
    )


def main() -> None:
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # what it says about torchvision does not matter here
    FOLDER.mkdir(parents=True, exist_ok=True)
    for index, kind in enumerate(VITPOSE_FILES):
        write_vitpose(kind, seed=5000 + 10 * index)
    write_bert(seed=5100)


if __name__ == "__main__":
    main()
