"""Writes tests/golden/transport/*.json: plans and costs of the POT library for Eqs. 6-11.

One file per size (M, N): features, masses, cost matrix, and the plan after T iterations for several lambda.
Numbers are float64 at full precision; features are exact in float32.
"""

import json
from pathlib import Path

import numpy as np
import ot

from golden_file import GOLDEN

ITERATIONS = 20
CHANNELS = 6
LAMBDAS = (1.0, 0.1, 0.02)
# exp(-C / 0.002) underflows even in float64, so only the log domain gives this plan.
TINY_LAMBDA = 0.002
SIZES = ((1, 1), (1, 7), (5, 1), (7, 5), (13, 11), (31, 17), (48, 23))
# Columns without mass ([CLS], [SEP], padding), per size; the others share the mass evenly.
EMPTY_COLUMNS = {(1, 7): [0, 5, 6], (13, 11): [0, 6, 7, 8, 9, 10], (48, 23): [0, 18, 19, 20, 21, 22]}


def pot_plan(cost: np.ndarray, beta: np.ndarray, regularisation: float, iterations: int) -> np.ndarray:
    """POT's plan [M, N] after exactly `iterations` iterations of Eqs. 9-10 with alpha uniform.

    POT updates its second marginal first, so the visual side goes in as the second. Columns without mass are
    left out and come back as zeros; without any mass the plan is zero.
    """
    plan = np.zeros_like(cost)
    support = beta > 0
    if support.any():
        alpha = np.full(cost.shape[0], 1 / cost.shape[0])
        plan[:, support] = ot.sinkhorn(
            beta[support],
            alpha,
            cost[:, support].T,
            regularisation,
            method="sinkhorn" if regularisation >= min(LAMBDAS) else "sinkhorn_log",
            numItermax=iterations,
            stopThr=0,
            warn=False,
        ).T
    return plan


def case(size: tuple[int, int], seed: int) -> dict:
    """Inputs and expected values of one size."""
    visual_tokens, text_tokens = size
    random = np.random.default_rng(seed)
    visual = random.standard_normal((visual_tokens, CHANNELS)).astype(np.float32).astype(np.float64)
    text = random.standard_normal((text_tokens, CHANNELS)).astype(np.float32).astype(np.float64)
    norms = np.linalg.norm(visual, axis=1)[:, None] * np.linalg.norm(text, axis=1)[None, :]
    cost = 1 - visual @ text.T / norms
    words = np.ones(text_tokens)
    words[EMPTY_COLUMNS.get(size, [])] = 0
    beta = words / words.sum()
    results = []
    for regularisation in (*LAMBDAS, TINY_LAMBDA):
        plan = pot_plan(cost, beta, regularisation, ITERATIONS)
        results.append(
            {
                "lambda": regularisation,
                "plan": plan.tolist(),
                "transportCost": float((plan * cost).sum()),
            }
        )
    return {
        "source": f"POT {ot.__version__}, ot.sinkhorn, float64",
        "iterations": ITERATIONS,
        "visual": visual.tolist(),
        "text": text.tolist(),
        "beta": beta.tolist(),
        "cost": cost.tolist(),
        "results": results,
    }


def main() -> None:
    folder = GOLDEN / "transport"
    folder.mkdir(parents=True, exist_ok=True)
    for index, size in enumerate(SIZES):
        path: Path = folder / f"m{size[0]}_n{size[1]}.json"
        partial = path.with_name(f".{path.name}.partial")
        partial.write_text(json.dumps(case(size, seed=100 + index)) + "\n")
        partial.rename(path)
        print(f"transport/{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
