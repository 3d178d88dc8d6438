"""Runs weights files that onnxruntime_check.ts made in onnxruntime for Python, and lets ONNX's own checker see them.

    python onnxruntime_check.py DIRECTORY

For every DIRECTORY/*.onnx: onnx.checker with full check, strict shape inference, symbolic extents at inputs and
outputs. For every DIRECTORY/*.safetensors: the same inputs through the same file must give what our WebGPU forward
pass gave. Exit status 1 when an output is further off than 1e-4.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from safetensors import safe_open

BOUND = 1e-4


def extents(value: onnx.ValueInfoProto) -> list[str]:
    return [dim.dim_param or str(dim.dim_value) for dim in value.type.tensor_type.shape.dim]


def check_file(path: Path) -> None:
    """Checker and shape inference; raises when either finds fault."""
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path)
    opset = {entry.domain: entry.version for entry in model.opset_import}[""]
    types = sorted({onnx.TensorProto.DataType.Name(tensor.data_type) for tensor in model.graph.initializer})
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    shapes = {value.name: extents(value) for value in [*inferred.graph.input, *inferred.graph.output]}
    for name, shape in shapes.items():
        if shape[0] != "batch":
            raise AssertionError(f"{path.name}: {name} has the extents {shape}, expected a symbolic batch")
    print(f"{path.name}: checked, opset {opset}, {len(model.graph.node)} nodes, weights {', '.join(types)}")
    print("  " + ", ".join(f"{name} [{' '.join(shape)}]" for name, shape in shapes.items()))


def check_case(path: Path, session: onnxruntime.InferenceSession) -> bool:
    with safe_open(path, "np") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    inputs = {name.removeprefix("input."): value for name, value in tensors.items() if name.startswith("input.")}
    names = [output.name for output in session.get_outputs()]
    right = True
    figures = []
    for name, actual in zip(names, session.run(names, inputs), strict=True):
        expected = tensors[f"expected.{name}"]
        difference = np.abs(actual.astype(np.float64) - expected)
        if name == "text":
            difference = difference[inputs["attentionMask"] == 1]
        within = actual.shape == expected.shape and bool(difference.max() <= BOUND)
        right = right and within
        figures.append(f"{name} {difference.max():.1e}{'' if within else ' EXCEEDS'}")
    print(f"  {path.stem}: {', '.join(figures)}")
    return right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    directory = parser.parse_args().directory
    print(f"onnxruntime {onnxruntime.__version__}, onnx {onnx.__version__}")
    right = True
    for path in sorted(directory.glob("*.onnx")):
        check_file(path)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        for case in sorted(directory.glob(f"{path.stem}_b*.safetensors")):
            right = check_case(case, session) and right
    raise SystemExit(0 if right else 1)


if __name__ == "__main__":
    main()
