"""Writes vgg16.h5 (553 MB) and resnet50.h5 (103 MB), weights files with hash weights, to time loading without a network.

python tools/golden/hash_h5.py FOLDER
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import hash_weights  # noqa: E402
import tf_keras as keras  # noqa: E402


def main() -> None:
    folder = Path(sys.argv[1])
    for name, make in (("vgg16", keras.applications.VGG16), ("resnet50", keras.applications.ResNet50)):
        model = make(weights=None)
        hash_weights.fill(model)
        model.save_weights(folder / f"{name}.h5", save_format="h5")


if __name__ == "__main__":
    main()
