"""Small LAPose configurations for golden files: one complete default, changed where a case says so."""

import copy

DEFAULT = {
    "image": {"height": 48, "width": 32},
    "temporalSpan": 1,
    "vision": {
        "patchSize": 16,
        "patchPadding": 2,
        "width": 16,
        "layers": 2,
        "heads": 4,
        "hidden": 36,
        "epsilon": 1e-6,
    },
    "fusion": {"spatialLayers": 1, "temporalLayers": 1},
    "text": {
        "vocabularySize": 41,
        "typeVocabularySize": 2,
        "positions": 20,
        "maxTokens": 16,
        "width": 16,
        "layers": 2,
        "heads": 2,
        "hidden": 30,
        "epsilon": 1e-12,
        "clsId": 2,
        "sepId": 3,
        "padId": 0,
    },
    "interaction": {
        "bottleneck": 4,
        "layers": 2,
        "heads": 4,
        "hidden": 22,
        "epsilon": 1e-5,
        "literal": False,
    },
    "transport": {"lambda": 0.1, "iterations": 20, "unrolled": False},
    "head": {"kind": "classic", "channels": 8, "epsilon": 1e-5},
    "loss": {"gamma1": 0.5, "gamma2": 0.3, "eta": 0.07},
    "keypoints": "posetrack15",
    "language": True,
    "temporal": True,
}


def tiny_config(**changes: object) -> dict:
    """A copy of DEFAULT in which dictionaries are merged and everything else is replaced; unknown keys are refused."""

    def merge(into: dict, source: dict, path: str) -> None:
        for key, value in source.items():
            if key not in into:
                raise KeyError(f"Cannot set {path}{key}: the configuration has no such key")
            if isinstance(value, dict):
                merge(into[key], value, f"{path}{key}.")
            else:
                into[key] = value

    config = copy.deepcopy(DEFAULT)
    merge(config, changes, "")
    return config
