"""Writes weights/imagenet-classes.json: [WordNet id, name] of the 1000 ImageNet-1k classes, by class index.

Source: the lists of the timm package (ids in class order; WordNet's lemmas of each id). The name is the first lemma
with "_" for spaces, which is how Keras names the classes.
"""

import importlib.metadata
import json
from pathlib import Path

OUT = Path(__file__).resolve().parents[2] / "weights" / "imagenet-classes.json"


def lines(name: str) -> list[str]:
    """A list of timm, read without importing the package and its dependencies."""
    path = importlib.metadata.distribution("timm").locate_file(f"timm/data/_info/{name}")
    return Path(str(path)).read_text("utf-8").splitlines()


def main() -> None:
    lemmas = dict(line.split("\t", 1) for line in lines("imagenet_synset_to_lemma.txt"))
    ids = lines("imagenet_synsets.txt")
    if len(ids) != 1000 or len(set(ids)) != 1000:
        raise SystemExit(f"expected 1000 different WordNet ids, got {len(set(ids))} of {len(ids)}")
    classes = [[wnid, lemmas[wnid].split(",")[0].strip().replace(" ", "_")] for wnid in ids]
    OUT.write_text("[\n" + ",\n".join(f"  {json.dumps(c)}" for c in classes) + "\n]\n", "utf-8")
    print(f"{OUT.name}: {len(classes)} classes, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
