"""Writes public checkpoints of real sizes with random weights, and what Hugging Face's modules make of an input.

    python checkpoint_check.py DIRECTORY [--size base|large|huge|...] [--head classic|simple] [--exports]

DIRECTORY/vitpose and DIRECTORY/bert are what `save_pretrained` writes (float32), DIRECTORY/base_check.safetensors is a
golden file without weights for `base_check.ts`: an untrained LAPose made of the two must give ViTPose's heatmaps
whatever the neighbours of the keyframe and the text are, and BERT's last hidden states as its text. `--exports` adds
vitpose.onnx and bert.onnx of PyTorch's exporter, which `bench --cpu` takes as its opponent.
"""

import argparse
import json
import time
from pathlib import Path

import torch
import transformers
from torch import Tensor, nn

from export_onnx import Heatmaps, LastHiddenState, set_attention
from golden_file import largest_difference, stored, write_safetensors
from huggingface import bert_module, randomise, vitpose_module
from random_inputs import random_pixels, random_text
from tiny_config import tiny_config

# Width, blocks, heads.
SIZES = {"small": (384, 12, 12), "base": (768, 12, 12), "large": (1024, 24, 16), "huge": (1280, 32, 16)}
BERT = {"width": 768, "layers": 12, "heads": 12, "hidden": 3072, "vocabularySize": 30522, "positions": 512}
SPECIAL = {"padId": 0, "clsId": 101, "sepId": 102}
OPSET = 17


def sizes(size: str, head: str) -> dict:
    width, layers, heads = SIZES[size]
    return tiny_config(
        image={"height": 256, "width": 192},
        vision={"width": width, "layers": layers, "heads": heads, "hidden": 4 * width, "epsilon": 1e-12},
        text={**BERT, **SPECIAL, "maxTokens": 128, "epsilon": 1e-12},
        head={"kind": head, "channels": 256},
        keypoints="coco17",
    )


def write_vocabulary(path: Path) -> None:
    """A vocabulary of BERT's size, its special tokens at their places."""
    words = [f"[unused{index}]" for index in range(BERT["vocabularySize"])]
    words[SPECIAL["padId"]], words[SPECIAL["clsId"]], words[SPECIAL["sepId"]] = "[PAD]", "[CLS]", "[SEP]"
    words[100], words[103] = "[UNK]", "[MASK]"
    path.write_text("\n".join(words) + "\n")


def export(module: nn.Module, inputs: dict[str, Tensor], output: str, path: Path, axes: dict[int, str]) -> None:
    """PyTorch's exporter with its defaults, batch (and tokens) symbolic."""
    set_attention(module.model, "sdpa")
    torch.onnx.export(
        module,
        tuple(inputs.values()),
        path,
        dynamo=False,
        opset_version=OPSET,
        input_names=list(inputs),
        output_names=[output],
        dynamic_axes={name: axes for name in inputs},
    )


def timed(what: str, module: nn.Module, **inputs: Tensor):
    start = time.perf_counter()
    result = module(**inputs)
    print(f"{what}: {time.perf_counter() - start:.2f} s in PyTorch")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, help="where everything goes")
    parser.add_argument("--size", choices=SIZES, default="base")
    parser.add_argument("--head", choices=["classic", "simple"], default="classic")
    parser.add_argument("--batch", type=int, default=2, help="people (default 2)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--exports", action="store_true", help="ONNX exports as well")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    folder, seed = arguments.directory, arguments.seed
    folder.mkdir(parents=True, exist_ok=True)
    config = sizes(arguments.size, arguments.head)

    pixels = random_pixels(config, arguments.batch, seed + 1)
    keyframe = pixels[:, config["temporalSpan"]].contiguous()
    vitpose = vitpose_module(config)
    randomise(vitpose, seed)
    vitpose.save_pretrained(folder / "vitpose")
    heatmaps = timed(f"ViTPose {arguments.size}", vitpose, pixel_values=keyframe).heatmaps
    if arguments.exports:
        export(Heatmaps(vitpose), {"pixel_values": keyframe}, "heatmaps", folder / "vitpose.onnx", {0: "batch"})
    del vitpose

    words = [max(33 - 10 * person, 0) for person in range(arguments.batch)]
    ids, mask = random_text(config["text"], words, 40, seed + 2)
    bert = bert_module(config["text"])
    randomise(bert, seed + 3)
    bert.save_pretrained(folder / "bert")
    write_vocabulary(folder / "bert" / "vocab.txt")
    text = {"input_ids": ids.long(), "attention_mask": mask.long()}
    hidden = timed("BERT base", bert, **text).last_hidden_state
    double = bert.double()(**text).last_hidden_state
    print(f"BERT in float32 is off by {largest_difference(hidden * mask[:, :, None], double * mask[:, :, None]):.2e}")
    if arguments.exports:
        axes = {0: "batch", 1: "tokens"}
        export(LastHiddenState(bert.float()), text, "last_hidden_state", folder / "bert.onnx", axes)

    tensors = {"input.pixels": pixels, "input.inputIds": ids, "input.attentionMask": mask, "expected.heatmaps": heatmaps}
    if SIZES[arguments.size][0] == BERT["width"]:
        # A projection stands in between when the widths differ.
        tensors["expected.text"] = hidden
    source = f"transformers {transformers.__version__}, torch {torch.__version__}, float32"
    metadata = {"config": json.dumps(config), "case": "checkpoint_check", "source": source, "note": arguments.size}
    path = folder / "base_check.safetensors"
    write_safetensors(path, {name: stored(tensor) for name, tensor in tensors.items()}, metadata)
    print(f"wrote {path}; heatmaps up to {heatmaps.abs().max():.3f}, hidden states up to {hidden.abs().max():.3f}")


if __name__ == "__main__":
    main()
