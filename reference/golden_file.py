"""Golden files: one .safetensors per case, holding weights, inputs and expected values.

Names: weights as in the LAPose weights file; inputs `input.<name>`; expected values `expected.<name>`; gradients
`gradient.<weight name>`. The header's metadata holds `config` (JSON), `case`, `source` and `note`.
Floats are float32, token ids and masks int32.
"""

import json
from pathlib import Path

import torch
from torch import Tensor

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"


def stored(tensor: Tensor) -> Tensor:
    """The tensor as it is stored: float32 or int32, contiguous, sharing no memory."""
    return tensor.detach().to(torch.float32 if tensor.is_floating_point() else torch.int32).contiguous().clone()


def write_safetensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Writes a .safetensors file beside its place and moves it there.

    The library's own writer orders the metadata differently in every run; this one gives the same bytes each time.
    """
    header: dict[str, object] = {"__metadata__": metadata}
    blobs, offset = [], 0
    for name in sorted(tensors):
        blob = tensors[name].numpy().tobytes()
        header[name] = {
            "dtype": {torch.float32: "F32", torch.int32: "I32"}[tensors[name].dtype],
            "shape": list(tensors[name].shape),
            "data_offsets": [offset, offset + len(blob)],
        }
        blobs.append(blob)
        offset += len(blob)
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(len(encoded).to_bytes(8, "little") + encoded + b"".join(blobs))
    partial.rename(path)


def write_golden(
    folder: str,
    case: str,
    tensors: dict[str, dict[str, Tensor]],
    config: dict,
    source: str,
    note: str = "",
    **extra: str,
) -> Path:
    """Writes tests/golden/<folder>/<case>.safetensors whole or not at all.

    `tensors` maps a prefix ("" for weights, "input", "expected", "gradient") to named tensors; `extra` is more
    metadata.
    """
    path = GOLDEN / folder / f"{case}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    flat = {
        f"{prefix}.{name}" if prefix else name: stored(tensor)
        for prefix, group in tensors.items()
        for name, tensor in group.items()
    }
    for name, tensor in flat.items():
        if not torch.isfinite(tensor.float()).all():
            raise ValueError(f"Cannot write {case}: {name} is not finite")
    metadata = {"config": json.dumps(config), "case": case, "source": source, "note": note, **extra}
    write_safetensors(path, flat, metadata)
    expected = ", ".join(
        f"{name} {list(tensor.shape)}" for name, tensor in flat.items() if name.startswith(("input.", "expected."))
    )
    print(f"{folder}/{path.name}: {path.stat().st_size / 1000:.0f} kB; {expected}")
    return path


def largest_difference(actual: Tensor, expected: Tensor) -> float:
    """Largest absolute difference; NaN when either holds one."""
    return (actual.double() - expected.double()).abs().max().item()


def check(what: str, actual: Tensor, expected: Tensor, bound: float) -> float:
    """Prints and returns the largest absolute difference; raises above the bound, on NaN, or on shapes that differ."""
    if actual.shape != expected.shape:
        raise AssertionError(f"{what}: shape {list(actual.shape)}, expected {list(expected.shape)}")
    difference = largest_difference(actual, expected)
    print(f"  {what}: {difference:.2e} (bound {bound:.0e}, magnitude {expected.abs().max().item():.2f})")
    if not difference <= bound:
        raise AssertionError(f"{what}: difference {difference:.3e}, bound {bound:.0e}")
    return difference
