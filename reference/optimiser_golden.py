"""Writes tests/golden/optimiser.json: 20 steps of torch.optim.AdamW with clipping, decay groups and changing rates."""

import json
from pathlib import Path

import torch

STEPS = 20
CLIP = 1.5
DECAY = 0.1
# name -> (shape, share of the rate, whether it decays)
PARAMETERS = {"weight": ((3, 5), 1.0, True), "bias": ((7,), 1.0, False), "lower.weight": ((2, 40), 0.25, True)}


def main() -> None:
    generator = torch.Generator().manual_seed(77)
    values = {name: torch.randn(shape, generator=generator) for name, (shape, _, _) in PARAMETERS.items()}
    # Float32 gradients as the GPU sees them, float64 arithmetic as the truth.
    gradients = [
        {name: torch.randn(shape, generator=generator) * (0.02 if step % 3 else 1) for name, (shape, _, _) in PARAMETERS.items()}
        for step in range(STEPS)
    ]
    rates = [2e-2 if step < 8 else 2e-3 if step < 14 else 2e-4 for step in range(STEPS)]
    parameters = {name: torch.nn.Parameter(value.double()) for name, value in values.items()}
    optimiser = torch.optim.AdamW(
        [
            {"params": [parameters[name]], "weight_decay": DECAY if decays else 0.0}
            for name, (_, _, decays) in PARAMETERS.items()
        ],
        betas=(0.9, 0.999),
        eps=1e-8,
    )
    norms = []
    for step in range(STEPS):
        for group, (_, share, _) in zip(optimiser.param_groups, PARAMETERS.values()):
            group["lr"] = rates[step] * share
        for name, parameter in parameters.items():
            parameter.grad = gradients[step][name].double()
        norms.append(torch.nn.utils.clip_grad_norm_(parameters.values(), CLIP).item())
        optimiser.step()
    document = {
        "source": f"torch {torch.__version__} optim.AdamW and clip_grad_norm_, float64",
        "clip": CLIP,
        "decay": DECAY,
        "rates": rates,
        "norms": norms,
        "parameters": [
            {
                "name": name,
                "shape": list(shape),
                "rateShare": share,
                "decays": decays,
                "before": values[name].flatten().tolist(),
                "gradients": [gradient[name].flatten().tolist() for gradient in gradients],
                "after": parameters[name].detach().flatten().tolist(),
            }
            for name, (shape, share, decays) in PARAMETERS.items()
        ],
    }
    path = Path(__file__).parent.parent / "tests/golden/optimiser.json"
    path.write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    main()
