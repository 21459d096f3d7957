"""Writes weights/samples: small photographs free of copyright, from the data folder of the scikit-image package."""

import importlib.metadata
from pathlib import Path

from PIL import Image

SAMPLES = Path(__file__).resolve().parent.parent / "weights" / "samples"
QUALITY = 90


def source(name: str) -> Image.Image:
    """A picture of scikit-image, found without importing the package and its dependencies."""
    path = importlib.metadata.distribution("scikit-image").locate_file(f"skimage/data/{name}")
    return Image.open(path).convert("RGB")


def save(image: Image.Image, name: str) -> None:
    path = SAMPLES / name
    image.save(path, "JPEG", quality=QUALITY, optimize=True)
    print(f"{name}: {image.width} x {image.height}, {path.stat().st_size} bytes")


def cat_and_coffee(cat: Image.Image, coffee: Image.Image) -> Image.Image:
    """The cat above the cup, 448 x 448: two classes in one picture, each in a half of its own."""
    out = Image.new("RGB", (448, 448))
    out.paste(cat.resize((448, 224), Image.Resampling.BICUBIC, box=(0, 30, 451, 255)), (0, 0))
    out.paste(coffee.resize((448, 224), Image.Resampling.BICUBIC, box=(20, 10, 600, 300)), (0, 224))
    return out


def main() -> None:
    SAMPLES.mkdir(parents=True, exist_ok=True)
    cat, coffee = source("chelsea.png"), source("coffee.png")
    save(cat, "cat.jpg")
    save(coffee, "coffee.jpg")
    save(source("astronaut.png"), "astronaut.jpg")
    save(source("rocket.jpg"), "rocket.jpg")
    save(cat_and_coffee(cat, coffee), "cat-and-coffee.jpg")


if __name__ == "__main__":
    main()
