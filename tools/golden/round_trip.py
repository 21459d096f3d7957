"""Checks that real Keras reads what Backlight writes, and computes the same from it.

    python tools/golden/round_trip.py [FOLDER]

Models are made with tf_keras (Keras 2) and with Keras 3, saved by them, converted with `backlight weights convert`, and
loaded again by both. Outputs must be identical, bit for bit; in float16, identical to those of the same model whose
weights NumPy rounded. Nothing is written into the project. Ends with 1 if anything differs.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tf_keras  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from safetensors_file import read_safetensors  # noqa: E402

try:
    from safetensors.numpy import load_file
except ImportError:  # the package is not among the tools' requirements: its own reader is stricter than ours
    load_file = None

ROOT = Path(__file__).resolve().parents[2]
sys.setrecursionlimit(20_000)  # Keras 2 walks a model from its end to its beginning
LIBRARIES = {"tf_keras": tf_keras, "keras": keras}
SIZE = (12, 12, 3)


def plain(k):
    layers = k.layers
    return k.Sequential(
        [
            k.Input(SIZE),
            layers.Normalization(name="normalise"),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.5),
            layers.Conv2D(5, 3, strides=2, use_bias=False),
            layers.Flatten(),
            layers.Dense(7, activation="softmax"),
        ],
        name="plain",
    )


def graph(k):
    layers = k.layers
    x = inputs = k.Input(SIZE)
    x = layers.SeparableConv2D(6, 3, padding="same")(x)
    x = layers.PReLU(shared_axes=[1, 2])(x)
    shared = layers.Conv2D(6, 3, padding="same", name="shared")
    x = layers.Add()([shared(x), shared(shared(x))])
    x = layers.DepthwiseConv2D(3, depth_multiplier=2)(x)
    x = layers.BatchNormalization(scale=False)(x)
    x = layers.BatchNormalization(center=False, trainable=False)(x)
    x = layers.Conv2DTranspose(3, 2, strides=2)(x)
    x = layers.LayerNormalization()(x)
    x = layers.Concatenate()([x, layers.ReLU()(x)])
    x = layers.GlobalAveragePooling2D()(x)
    head = layers.Dense(4, activation="softmax", name="über" if k is keras else "head")  # Keras 2 refuses such names
    return k.Model(inputs, head(x), name="graph")


def nested(k):
    layers = k.layers
    inner = k.Sequential(
        [k.Input((6, 6, 4)), layers.Conv2D(4, 3), layers.BatchNormalization(), layers.Conv2D(2, 1)], name="inner"
    )
    features_in = k.Input(SIZE)
    x = layers.BatchNormalization()(layers.Conv2D(4, 3, strides=2, padding="same")(features_in))
    features = k.Model(features_in, inner(x), name="features")
    frozen = k.Sequential([k.Input((4, 4, 2)), layers.Conv2D(3, 3), layers.BatchNormalization()], name="frozen")
    frozen.trainable = False
    inputs = k.Input(SIZE)
    x = layers.Conv2D(3, 1)(inputs)
    x = layers.Flatten()(frozen(features(x)))
    return k.Model(inputs, layers.Dense(3)(x), name="nested")


def long(k):
    """So many layers that Keras cuts the list of their names, and that HDF5's tree of them has three levels."""
    x = inputs = k.Input(SIZE)
    for i in range(1200):
        name = f"{'a_rather_long_name_of_a_layer_' * 2}{(i * 7919) % 1200:04d}"
        x = k.layers.Activation("linear", name=name)(x) if i % 40 else k.layers.Conv2D(3, 1, name=name)(x)
    return k.Model(inputs, k.layers.GlobalAveragePooling2D()(x), name="long")


BUILDERS: list[Callable] = [plain, graph, nested, long]


def fill(model, seed: int) -> None:
    """Values that no initializer gives; variances are positive."""
    rng = np.random.default_rng(seed)
    values = [(np.abs(w) + rng.random(w.shape)) * 0.5 if w.ndim < 2 else rng.normal(0, 0.3, w.shape) for w in model.get_weights()]
    model.set_weights([v.astype(w.dtype) for v, w in zip(values, model.get_weights(), strict=True)])


def convert(source: Path, target: Path, *options: str) -> None:
    command = ["node", str(ROOT / "bin" / "backlight.mjs"), "weights", "convert", str(source), str(target), "--force"]
    done = subprocess.run([*command, *options], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{source.name} to {target.name}: {done.stderr}")


class Report:
    def __init__(self) -> None:
        self.passed = 0
        self.failed: list[str] = []

    def same(self, title: str, got: np.ndarray, wanted: np.ndarray) -> None:
        worst = float(np.abs(got - wanted).max()) if got.shape == wanted.shape else float("inf")
        if worst == 0:
            self.passed += 1
        else:
            self.failed.append(f"{title}: differs by {worst}")
        print(f"{'identical' if worst == 0 else f'DIFFERS by {worst}':24} {title}", flush=True)

    def error(self, title: str, error: Exception) -> None:
        self.failed.append(f"{title}: {error}")
        print(f"{'FAILED':24} {title}: {str(error)[:300]}", flush=True)


def halved(model, build, k):
    """The same model with weights as float16 holds them; whole numbers stay."""
    copy = build(k)
    rounded = [w.astype(np.float16).astype(np.float32) if w.dtype == np.float32 else w for w in model.get_weights()]
    copy.set_weights(rounded)
    return copy


def settled(model, path: Path, k):
    """The model as its own file gives it back: Keras 3 takes a Normalization's statistics over only when it loads."""
    model.save(path)
    return k.models.load_model(path, compile=False)


def check(source: Path, model, work: Path, case: tuple[Callable, str, Report]) -> None:
    build, library, report = case
    k = LIBRARIES[library]
    x = np.random.default_rng(5).normal(0, 1, (2, *SIZE)).astype(np.float32)
    models = {"float32": model, "float16": halved(model, build, k)}
    outputs = {dtype: settled(one, work / "settled.h5", k)(x).numpy() for dtype, one in models.items()}
    for dtype, expected in outputs.items():
        stem = work / f"{source.stem}-{dtype}{source.suffix.replace('.', '-')}"
        for ending in (".h5", ".weights.h5", ".safetensors"):
            convert(source, stem.with_name(stem.name + ending), "--dtype", dtype)
        title = f"{library} {source.name} {dtype}"
        whole = stem.with_name(stem.name + ".h5")
        try:
            report.same(f"{title} -> .h5, load_model", k.models.load_model(whole, compile=False)(x).numpy(), expected)
        except Exception as error:
            report.error(f"{title} -> .h5, load_model", error)
        other = build(k)
        fill(other, 99)
        try:
            other.load_weights(stem.with_name(stem.name + ".weights.h5"))
            report.same(f"{title} -> .weights.h5, load_weights", other(x).numpy(), expected)
        except Exception as error:
            report.error(f"{title} -> .weights.h5, load_weights", error)
        tensors = stem.with_name(stem.name + ".safetensors")
        again = stem.with_name(stem.name + "-again.h5")
        convert(tensors, again, "--dtype", dtype)
        if again.read_bytes() != whole.read_bytes():
            report.error(f"{title} -> .safetensors -> .h5", ValueError("not the bytes of the direct conversion"))
        else:
            report.passed += 1
            print(f"{'identical':24} {title} -> .safetensors -> .h5, the bytes of the direct conversion")
        if load_file:
            own = read_safetensors(tensors)[0]
            theirs = load_file(tensors)
            same = own.keys() == theirs.keys() and all(np.array_equal(own[name], theirs[name]) for name in own)
            report.same(f"{title} -> .safetensors, safetensors' own reader", np.array(float(not same)), np.array(0.0))
        if dtype == "float16":
            full = read_safetensors(work / tensors.name.replace("float16", "float32"))[0]
            wanted = {name: value.astype(value.dtype if name.endswith("/count") else np.float16) for name, value in full.items()}
            same = all(wanted[name].tobytes() == value.tobytes() for name, value in read_safetensors(tensors)[0].items())
            report.same(f"{title} -> .safetensors, every number as NumPy rounds it", np.array(float(not same)), np.array(0.0))


def other_library(source: Path, model, work: Path, case: tuple[Callable, str, Report]) -> None:
    """Keras 3 reads the whole-model files of Keras 2; not the other way round."""
    _, library, report = case
    if library != "tf_keras":
        return
    x = np.random.default_rng(5).normal(0, 1, (2, *SIZE)).astype(np.float32)
    title = f"tf_keras {source.name} -> .h5, load_model of Keras 3"
    try:
        theirs = keras.models.load_model(source, compile=False)(x).numpy()
    except Exception as error:
        print(f"{'(not comparable)':24} {title}: Keras 3 does not read Keras 2's own file: {str(error)[:120]}")
        return
    ours = work / f"{source.stem}-float32{source.suffix.replace('.', '-')}.h5"
    report.same(title, keras.models.load_model(ours, compile=False)(x).numpy(), theirs)


def main() -> None:
    work = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="round-trip-"))
    work.mkdir(parents=True, exist_ok=True)
    report = Report()
    for library, k in LIBRARIES.items():
        for build in BUILDERS:
            k.backend.clear_session()
            model = build(k)
            fill(model, 3)
            for suffix in (".h5",) if library == "tf_keras" else (".h5", ".keras"):
                source = work / f"{build.__name__}-{library}{suffix}"
                model.save(source)
                check(source, model, work, (build, library, report))
                other_library(source, model, work, (build, library, report))
    print(f"{report.passed} identical, {len(report.failed)} not; files in {work}")
    for line in report.failed:
        print(f"  {line}")
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
