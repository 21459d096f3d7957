"""Writes test/fixtures/images: small pictures and what PIL, OpenCV, Keras and matplotlib make of them."""

import base64
import hashlib
import io
import json
import struct
import zlib
from pathlib import Path

import cv2
import keras
import matplotlib
import numpy as np
from keras.src.applications.imagenet_utils import preprocess_input
from PIL import Image, ImageOps

OUT = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "images"


def noise(*shape):
    """Bytes of a 32-bit integer hash of their index; test/image/support.ts computes the same."""
    h = np.arange(np.prod(shape), dtype=np.uint64)
    h = (h * 2654435761) & 0xFFFFFFFF
    h ^= h >> 15
    h = (h * 2246822519) & 0xFFFFFFFF
    h ^= h >> 13
    return (h & 0xFF).astype(np.uint8).reshape(shape)


def photo(width, height):
    """Smooth shapes, an edge and some grain: as hard for a JPEG decoder as a photograph."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    waves = [128 + 90 * np.sin(x / 7 + c) * np.cos(y / 9 - c) + (x + y) * 0.3 for c in range(3)]
    image = np.stack(waves, -1) + (noise(height, width, 3).astype(float) - 128) / 12
    image[height // 3 : height // 2, width // 4 : width // 2] = [230, 40, 60]
    return np.clip(image, 0, 255).astype(np.uint8)


def text(data):
    return base64.b64encode(np.ascontiguousarray(data).tobytes()).decode()


def write_json(name, value):
    (OUT / name).write_text(json.dumps(value, indent=1) + "\n")


def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, rows, *, interlace=0, extra=b""):
    """A PNG made by hand, for the kinds that PIL and OpenCV do not write."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND")
    return b"\x89PNG\r\n\x1a\n" + body


def filtered_rows(rows, bytes_per_pixel, first=0):
    """Rows (as arrays of bytes) behind the five PNG filters in turn."""
    out = b""
    up = np.zeros_like(rows[0]) if len(rows) else None
    for i, row in enumerate(rows):
        left = np.concatenate([np.zeros(bytes_per_pixel, np.uint8), row[:-bytes_per_pixel]])
        up_left = np.concatenate([np.zeros(bytes_per_pixel, np.uint8), up[:-bytes_per_pixel]])
        a, b, c = (v.astype(int) for v in (left, up, up_left))
        near = np.stack([abs(b - c), abs(a - c), abs(a + b - 2 * c)]).argmin(0)
        guess = [0 * a, a, b, (a + b) // 2, np.choose(near, [a, b, c])][(first + i) % 5]
        out += bytes([(first + i) % 5]) + ((row.astype(int) - guess) & 255).astype(np.uint8).tobytes()
        up = row
    return out


def packed(samples, depth):
    """Rows of samples of 1, 2, 4, 8 or 16 bits as rows of bytes."""
    if depth == 16:
        return list(samples.astype(">u2").view(np.uint8))
    if depth == 8:
        return list(samples.astype(np.uint8))
    bits = ((samples[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8)
    return list(np.packbits(bits.reshape(len(samples), -1), axis=1))


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def hand_png(depth, colour, *, width=11, height=9, interlace=0, extra=b"", limit=None):
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    samples = noise(height, width, channels).astype(int)
    samples = samples * 257 + np.arange(width)[None, :, None] if depth == 16 else samples >> (8 - depth)
    samples = samples if limit is None else samples % limit
    if depth == 16:
        samples[0, :4] = [[0] * channels, [255] * channels, [256] * channels, [77] * channels]
    step = max(1, depth * channels // 8)
    if not interlace:
        rows = filtered_rows(packed(samples.reshape(height, -1), depth), step)
        return png(width, height, depth, colour, rows, extra=extra)
    rows = b""
    for x0, y0, dx, dy in ADAM7:
        part = samples[y0::dy, x0::dx]
        if part.size:
            rows += filtered_rows(packed(part.reshape(part.shape[0], -1), depth), step, first=x0 + y0)
    return png(width, height, depth, colour, rows, interlace=1, extra=extra)


def decode_fixtures():
    palette = chunk(b"PLTE", noise(16 * 3).tobytes())
    palette256 = chunk(b"PLTE", noise(256 * 3)[::-1].tobytes())
    files = {
        "gray1.png": hand_png(1, 0),
        "gray2.png": hand_png(2, 0),
        "gray4.png": hand_png(4, 0),
        "gray8.png": hand_png(8, 0, extra=chunk(b"tRNS", b"\0\x20")),
        "gray16.png": hand_png(16, 0),
        "gray-alpha8.png": hand_png(8, 4),
        "gray-alpha16.png": hand_png(16, 4),
        "rgb8.png": hand_png(8, 2, extra=chunk(b"gAMA", struct.pack(">I", 100000))),
        "rgb16.png": hand_png(16, 2),
        "rgba8.png": hand_png(8, 6),
        "rgba16.png": hand_png(16, 6),
        "palette1.png": hand_png(1, 3, extra=palette),
        "palette4.png": hand_png(4, 3, extra=palette + chunk(b"tRNS", b"\0\x80\xff")),
        "palette8.png": hand_png(8, 3, extra=palette256),
        "palette8-short.png": hand_png(8, 3, extra=palette, limit=20),
        "interlaced-rgb8.png": hand_png(8, 2, interlace=1),
        "interlaced-gray1.png": hand_png(1, 0, interlace=1),
        "interlaced-rgba16.png": hand_png(16, 6, interlace=1),
        "interlaced-1x1.png": hand_png(8, 2, width=1, height=1, interlace=1),
        "interlaced-3x2.png": hand_png(8, 2, width=3, height=2, interlace=1),
    }
    picture = Image.fromarray(photo(37, 29))
    for name, mode, options in [
        ("baseline-420.jpg", "RGB", {"quality": 85}),
        ("baseline-422.jpg", "RGB", {"quality": 60, "subsampling": 1}),
        ("baseline-444.jpg", "RGB", {"quality": 95, "subsampling": 0}),
        ("progressive.jpg", "RGB", {"quality": 80, "progressive": True}),
        ("restart.jpg", "RGB", {"quality": 80, "restart_marker_blocks": 2}),
        ("gray.jpg", "L", {"quality": 80}),
    ]:
        files[name] = saved(picture.convert(mode), "JPEG", **options)
    expected = {}
    for name, data in files.items():
        (OUT / name).write_bytes(data)
        image = Image.open(io.BytesIO(data)).convert("RGB")
        expected[name] = {"width": image.width, "height": image.height, "rgb": text(np.array(image))}
    return expected


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def hashed_fixtures():
    """Larger pictures, of which only the SHA-256 of the RGB bytes is kept."""
    picture = Image.fromarray(photo(201, 151))
    expected = {}
    for name, options in [
        ("photo-420.jpg", {"quality": 70}),
        ("photo-progressive.jpg", {"quality": 70, "progressive": True}),
    ]:
        data = saved(picture, "JPEG", **options)
        (OUT / name).write_bytes(data)
        rgb = Image.open(io.BytesIO(data)).convert("RGB").tobytes()
        expected[name] = {"width": 201, "height": 151, "sha256": hashlib.sha256(rgb).hexdigest()}
    return expected


def refused_fixtures():
    (OUT / "cmyk.jpg").write_bytes(saved(Image.fromarray(photo(37, 29)).convert("CMYK"), "JPEG"))
    huge = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", huge) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND")
    (OUT / "giant.png").write_bytes(data)
    (OUT / "text.png").write_text("This is a text file with a picture's name.\n")
    (OUT / "empty.png").write_bytes(b"")
    tiny = Image.fromarray(photo(5, 4))
    for kind in ("GIF", "WEBP", "BMP", "TIFF"):
        (OUT / f"other.{kind.lower()}").write_bytes(saved(tiny, kind))


def oriented_fixtures():
    expected = {}
    picture = Image.fromarray(photo(21, 13))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        for kind, name in (("JPEG", f"orient-{orientation}.jpg"), ("PNG", f"orient-{orientation}.png")):
            data = saved(picture, kind, exif=exif)
            (OUT / name).write_bytes(data)
            upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
            digest = hashlib.sha256(upright.convert("RGB").tobytes()).hexdigest()
            expected[name] = {"width": upright.width, "height": upright.height, "sha256": digest}
    return expected


def resize_goldens():
    """Of every case the SHA-256 of PIL's bytes; of the small ones the bytes too, to see where a difference lies."""
    sizes = [(13, 9, 7, 5), (13, 9, 26, 18), (13, 9, 31, 4), (1, 1, 6, 5), (9, 7, 1, 1), (17, 5, 17, 11), (8, 8, 3, 8)]
    sizes += [(500, 333, 224, 224), (97, 211, 299, 299), (1000, 37, 99, 37), (7, 7, 224, 224), (49, 98, 98, 49)]
    methods = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}
    cases = []
    for w, h, to_w, to_h in sizes:
        for channels in (1, 3):
            source = noise(h, w, channels)
            image = Image.fromarray(source[..., 0] if channels == 1 else source)
            for method, code in methods.items():
                data = image.resize((to_w, to_h), code).tobytes()
                case = {"from": [w, h], "to": [to_w, to_h], "channels": channels, "method": method}
                case["sha256"] = hashlib.sha256(data).hexdigest()
                cases.append(case | ({"data": text(np.frombuffer(data, np.uint8))} if len(data) < 500 else {}))
    return cases


def nearest_goldens():
    """PIL sums the step, so its index differs from floor((i + 0.5) * from / to) at these sizes (among others)."""
    cases = []
    for source in range(2, 400):
        for to in range(2, 400):
            exact = np.minimum(source - 1, ((np.arange(to) + 0.5) * source / to).astype(int))
            if len(cases) < 12 and (source * 7919 + to) % 13 == 0:
                row = Image.fromarray(np.arange(source, dtype=np.int32).reshape(1, -1))
                got = np.array(row.resize((to, 1), Image.NEAREST))[0]
                if (got != exact).any():
                    cases.append({"from": source, "to": to, "indices": text(got.astype(np.uint16))})
    return cases


def map_goldens():
    cases = []
    for w, h, to_w, to_h in [(7, 7, 20, 20), (7, 5, 3, 11), (1, 1, 4, 3), (4, 1, 9, 2), (14, 14, 7, 7)]:
        source = (noise(h, w) / 255 - 0.25).astype(np.float32)
        for method, code in (("half-pixel", cv2.INTER_LINEAR), ("bicubic", cv2.INTER_CUBIC)):
            data = cv2.resize(source, (to_w, to_h), interpolation=code)
            cases.append({"from": [w, h], "to": [to_w, to_h], "method": method, "data": text(data)})
        data = align_corners(source, to_w, to_h)
        cases.append({"from": [w, h], "to": [to_w, to_h], "method": "align-corners", "data": text(data)})
    return cases


def align_corners(source, to_w, to_h):
    import tensorflow as tf

    x = tf.compat.v1.image.resize_bilinear(source[None, :, :, None], (to_h, to_w), align_corners=True)
    return x.numpy()[0, :, :, 0]


def preprocess_goldens():
    levels = np.stack([np.arange(256), np.arange(256)[::-1], (np.arange(256) * 7) % 256], -1).reshape(16, 16, 3)
    return {
        mode: text(preprocess_input(levels.astype(np.float32), data_format="channels_last", mode=mode))
        for mode in ("caffe", "tf", "torch")
    } | {"gray": text(np.array(Image.fromarray(levels.astype(np.uint8)).convert("L")))}


def colormap_goldens():
    levels = np.arange(256)
    return {name: text(matplotlib.colormaps[name](levels, bytes=True)[:, :3]) for name in ("jet", "viridis")}


def overlay_golden():
    """Keras' Grad-CAM example, its steps in order, with a map that needs no resizing."""
    image = noise(9, 12, 3).astype(np.float32)
    heat = (noise(9, 12) / 255).astype(np.float32)
    heat = (heat - heat.min()) / (heat.max() - heat.min())
    jet = matplotlib.colormaps["jet"](np.arange(256))[:, :3]
    painted = keras.utils.img_to_array(keras.utils.array_to_img(jet[np.uint8(255 * heat)]))
    return {"heat": text(heat), "rgb": text(np.array(keras.utils.array_to_img(painted * 0.4 + image)))}


def deprocess_golden():
    values = noise(6, 5, 3).astype(np.float32) / 1000 - 0.05
    wide = values.astype(np.float64)
    shown = np.clip((wide - wide.mean()) / (wide.std() + 1e-5) * 0.1 + 0.5, 0, 1) * 255
    return {"values": text(values), "rgb": text(shown.astype(np.uint8))}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    refused_fixtures()
    write_json("decode.json", decode_fixtures())
    write_json("hashed.json", hashed_fixtures())
    write_json("orient.json", oriented_fixtures())
    write_json("resize.json", resize_goldens())
    write_json("nearest.json", nearest_goldens())
    write_json("resize-map.json", map_goldens())
    write_json("preprocess.json", preprocess_goldens())
    write_json("colormap.json", colormap_goldens())
    write_json("render.json", {"overlay": overlay_golden(), "deprocess": deprocess_golden()})


if __name__ == "__main__":
    main()
