"""Runs lapose.py on a LAPose weights file (ONNX) and writes input and outputs for base_check.ts to compare.

    python base_check.py random.onnx DIRECTORY [--fill-zeros filled.onnx]

Meant for base size, once; any weights file works. DIRECTORY/base_check.safetensors is a golden file without weights.
An untrained file has zeros in many last projections, which would hide what stands before them: with --fill-zeros
every tensor that is zero throughout gets small seeded values, and the file so changed is written too; give that one
to base_check.ts.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from golden_file import largest_difference, stored, write_safetensors
from lapose import Lapose, frame_count
from random_inputs import random_pixels, random_text

FILL = 0.02


def read_weights(model: onnx.ModelProto, names: set[str]) -> dict[str, Tensor]:
    """The initializers with these names, as float32; raises when one is missing."""
    weights = {
        tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).astype(np.float32))
        for tensor in model.graph.initializer
        if tensor.name in names
    }
    missing = sorted(names - weights.keys())
    if missing:
        raise SystemExit(f"Cannot run the model: {len(missing)} tensors are missing, among them {missing[:5]}")
    return weights


def fill_zeros(model: onnx.ModelProto, weights: dict[str, Tensor], seed: int) -> None:
    """Replaces tensors that are zero throughout, in the model and in `weights`."""
    generator = torch.Generator().manual_seed(seed)
    filled = []
    for tensor in model.graph.initializer:
        if tensor.name in weights and not weights[tensor.name].any():
            values = FILL * torch.randn(weights[tensor.name].shape, generator=generator)
            kind = numpy_helper.to_array(tensor).dtype
            changed = numpy_helper.from_array(values.numpy().astype(kind), tensor.name)
            tensor.CopyFrom(changed)
            weights[tensor.name] = torch.from_numpy(numpy_helper.to_array(changed).astype(np.float32))
            filled.append(tensor.name)
    print(f"filled {len(filled)} tensors that were zero throughout")


def run(config: dict, weights: dict[str, Tensor], inputs: dict[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    with torch.device("meta"):
        module = Lapose(config)
    module = module.to_empty(device="cpu").to(dtype).eval()
    module.load_state_dict(weights, strict=True)
    cast = [tensor.to(dtype) if tensor.is_floating_point() else tensor for tensor in inputs.values()]
    start = time.perf_counter()
    outputs = module(*cast)
    print(f"{dtype}: forward in {time.perf_counter() - start:.2f} s")
    return outputs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="LAPose weights file (.onnx)")
    parser.add_argument("directory", type=Path, help="where base_check.safetensors goes")
    parser.add_argument("--fill-zeros", type=Path, metavar="ONNX", help="write the model with zero tensors filled")
    parser.add_argument("--batch", type=int, default=1, help="people (default 1)")
    parser.add_argument("--words", type=int, default=33, help="words of the first person (default 33)")
    parser.add_argument("--tokens", type=int, default=40, help="text length with [CLS], [SEP] and padding (default 40)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)

    model = onnx.load(arguments.model)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    config = json.loads(metadata["lapose.config"])
    with torch.device("meta"):
        names = set(Lapose(config).state_dict())
    weights = read_weights(model, names)
    print(f"{arguments.model}: {len(weights)} tensors, {sum(w.numel() for w in weights.values()) / 1e6:.1f} M values")
    if arguments.fill_zeros:
        fill_zeros(model, weights, arguments.seed)
        onnx.save(model, arguments.fill_zeros)
    del model

    print(f"{arguments.batch} people, {frame_count(config)} frames, seed {arguments.seed}")
    inputs = {"pixels": random_pixels(config, arguments.batch, arguments.seed + 1)}
    if config["language"]:
        words = [max(arguments.words - person, 0) for person in range(arguments.batch)]
        ids, mask = random_text(config["text"], words, arguments.tokens, arguments.seed + 2)
        inputs |= {"inputIds": ids, "attentionMask": mask}
    expected = run(config, weights, inputs, torch.float64)
    single = run(config, weights, inputs, torch.float32)
    for name, tensor in expected.items():
        difference = largest_difference(single[name], tensor)
        print(f"  {name} {list(tensor.shape)}: magnitude {tensor.abs().max():.3f}, PyTorch float32 off {difference:.2e}")

    arguments.directory.mkdir(parents=True, exist_ok=True)
    tensors = {f"input.{name}": stored(tensor) for name, tensor in inputs.items()}
    tensors |= {f"expected.{name}": stored(tensor) for name, tensor in expected.items()}
    path = arguments.directory / "base_check.safetensors"
    source = f"reference/lapose.py, torch {torch.__version__}, float64"
    note = f"weights from {arguments.fill_zeros or arguments.model}"
    write_safetensors(
        path, tensors, {"config": json.dumps(config), "case": "base_check", "source": source, "note": note}
    )
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
