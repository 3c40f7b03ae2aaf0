"""Makes src/test/resources/images: pictures of every kind, and what Pillow and numpy make of them.

Run from the repository's root with Pillow, numpy and pyarrow installed:
    python src/test/python/make_image_fixtures.py
"""

import hashlib
import io
import json
import pathlib
import struct
import zlib

import numpy as np
import pyarrow.parquet as pq
from PIL import Image, ImageOps

OUT = pathlib.Path("src/test/resources/images")
FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "hamming": Image.Resampling.HAMMING,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
TRANSPARENT_INDEX = 3


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def synthetic(width, height, seed):
    """Gradients, hard edges and noise: all that a filter can get wrong."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    image = np.stack([x * 255 // width, y * 255 // height, ((x // 5 + y // 3) % 2) * 255], -1)
    noise = random.integers(0, 256, image.shape)
    image[:, width // 2 :] = (image[:, width // 2 :] + noise[:, width // 2 :]) % 256
    return Image.fromarray(image.astype(np.uint8))


def on_white(image):
    rgba = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(rgba, mask=rgba.getchannel("A"))
    return ground


def resize_cases(name, image):
    width, height = image.size
    sizes = [(16, 16), (width * 2 + 1, height * 2 + 3), (width, 7), (11, height), (3, 50), (64, 48), (1, 1)]
    return [
        {"image": name, "filter": f, "width": w, "height": h, "sha256": sha(image.resize((w, h), r))}
        for f, r in FILTERS.items()
        for w, h in sizes
    ]


def transform_cases(name, image):
    """torchvision: Resize(resolution), CenterCrop, ToTensor, Normalize([0.5], [0.5])."""
    cases = []
    for resolution in (8, 15, 32):
        for f, resampling in FILTERS.items():
            w, h = image.size
            short, long = min(w, h), max(w, h)
            longer = int(resolution * long / short)
            size = (resolution, longer) if w <= h else (longer, resolution)
            resized = image if size == image.size else image.resize(size, resampling)
            top = int(round((size[1] - resolution) / 2.0))
            left = int(round((size[0] - resolution) / 2.0))
            crop = resized.crop((left, top, left + resolution, top + resolution))
            chw = np.asarray(crop).transpose(2, 0, 1).astype(np.float32) / np.float32(255)
            tensor = (chw - np.float32(0.5)) / np.float32(0.5)
            cases.append(
                {"image": name, "filter": f, "resolution": resolution, "sha256": sha(tensor.astype("<f4"))}
            )
    return cases


def png_chunks(header, *chunks):
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunk(*c) for c in chunks) + chunk(b"IEND", b"")


def png16(array):
    """A 16-bit PNG, grey or RGB, which Pillow cannot write for RGB."""
    height, width = array.shape[:2]
    colour = 2 if array.ndim == 3 else 0
    rows = b"".join(b"\0" + array[y].astype(">u2").tobytes() for y in range(height))
    return png_chunks(struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0), (b"IDAT", zlib.compress(rows)))


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def lossless_files():
    rgb = synthetic(29, 21, 1)
    grey = rgb.convert("L")
    rgba = rgb.copy()
    rgba.putalpha(Image.fromarray((np.arange(29 * 21).reshape(21, 29) % 256).astype(np.uint8)))
    grey_alpha = Image.merge("LA", (grey, rgba.getchannel("A")))
    palette = rgb.quantize(17)
    sixteen = np.random.default_rng(2).integers(0, 65536, (21, 29, 3))
    keyed = np.asarray(rgb).copy()
    keyed[4:9, 4:9] = (1, 2, 3)
    keyed_on_white = keyed.copy()
    keyed_on_white[4:9, 4:9] = 255
    see_through = np.asarray(on_white(palette)).copy()
    see_through[np.asarray(palette) == TRANSPARENT_INDEX] = 255
    yield "rgb.png", encoded(rgb, "PNG"), rgb
    yield "rgba.png", encoded(rgba, "PNG"), on_white(rgba)
    yield "grey.png", encoded(grey, "PNG"), grey.convert("RGB")
    yield "grey_alpha.png", encoded(grey_alpha, "PNG"), on_white(grey_alpha)
    yield "black_white.png", encoded(rgb.convert("1"), "PNG"), rgb.convert("1").convert("RGB")
    yield "palette.png", encoded(palette, "PNG"), palette.convert("RGB")
    yield "palette_transparent.png", encoded(palette, "PNG", transparency=TRANSPARENT_INDEX), see_through
    yield "rgb_transparent_colour.png", encoded(Image.fromarray(keyed), "PNG", transparency=(1, 2, 3)), keyed_on_white
    yield "grey16.png", png16(sixteen[:, :, 0]), np.repeat((sixteen[:, :, :1] >> 8).astype(np.uint8), 3, 2)
    yield "rgb16.png", png16(sixteen), (sixteen >> 8).astype(np.uint8)
    yield "palette.gif", encoded(palette, "GIF"), palette.convert("RGB")
    yield "transparent.gif", encoded(palette, "GIF", transparency=TRANSPARENT_INDEX), see_through
    yield "rgb.bmp", encoded(rgb, "BMP"), rgb
    yield "palette.bmp", encoded(palette, "BMP"), palette.convert("RGB")


def smooth():
    """What JPEG keeps: one dark corner tells the orientations apart."""
    y, x = np.mgrid[0:24, 0:40]
    image = np.stack([60 + x * 4, 60 + y * 6, 200 - x * 2 - y], -1)
    image[:8, :12] = (20, 30, 40)
    return Image.fromarray(image.astype(np.uint8))


def jpeg_files():
    image = smooth()
    yield "rgb444.jpg", encoded(image, "JPEG", quality=95, subsampling=0)
    yield "rgb420.jpg", encoded(image, "JPEG", quality=90, subsampling=2)
    yield "progressive.jpg", encoded(image, "JPEG", quality=90, progressive=True)
    yield "grey.jpg", encoded(image.convert("L"), "JPEG", quality=90)
    yield "cmyk.jpg", encoded(image.convert("CMYK"), "JPEG", quality=90)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield f"orientation{orientation}.jpg", encoded(image, "JPEG", quality=90, subsampling=0, exif=exif)


def turned_or_webp_files():
    """What is decoded by the library that Pillow uses, too, or without loss."""
    image = smooth()
    exif = Image.Exif()
    exif[0x0112] = 6
    rgba = image.copy()
    rgba.putalpha(Image.fromarray((np.arange(40 * 24).reshape(24, 40) % 256).astype(np.uint8)))
    yield "turned.png", encoded(image, "PNG", exif=exif)
    yield "lossy.webp", encoded(image, "WEBP", quality=80)
    yield "lossless.webp", encoded(synthetic(29, 21, 1), "WEBP", lossless=True)
    yield "alpha.webp", encoded(rgba, "WEBP", quality=80)
    yield "alpha_lossless.webp", encoded(rgba, "WEBP", lossless=True, exact=True)
    yield "grey.webp", encoded(image.convert("L"), "WEBP", quality=80)
    yield "turned.webp", encoded(image, "WEBP", quality=80, exif=exif)


def broken_files():
    image = synthetic(64, 64, 3)
    yield "animated.webp", encoded(smooth(), "WEBP", lossless=True, save_all=True, append_images=[smooth().rotate(180)])
    yield "truncated.webp", encoded(image, "WEBP")[:1500]
    yield "truncated.png", encoded(image, "PNG")[:3000]
    yield "truncated.jpg", encoded(image, "JPEG")[:1500]
    yield "bomb.png", png_chunks(struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0), (b"IDAT", zlib.compress(b"")))
    yield "text.png", b"not a picture"
    yield "empty.png", b""


def twemoji(row):
    table = pq.read_table("src/quickstart/twemoji/data/train-00000-of-00002.parquet")
    return on_white(Image.open(io.BytesIO(table["image"][row]["bytes"].as_py())))


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    sources = {
        "wide.png": synthetic(53, 31, 4),
        "tall.png": synthetic(30, 47, 5),
        "square.png": twemoji(100),
        "wide_real.png": twemoji(200).crop((0, 20, 128, 97)),
        "tall_real.png": twemoji(300).crop((17, 0, 100, 128)),
    }
    golden = {"decode": [], "jpeg": [], "broken": [], "resize": [], "transform": []}
    for name, image in sources.items():
        (OUT / name).write_bytes(encoded(image, "PNG", optimize=True))
        golden["resize"] += resize_cases(name, image)
        golden["transform"] += transform_cases(name, image)
    for name, content in turned_or_webp_files():
        (OUT / name).write_bytes(content)
        array = np.asarray(on_white(ImageOps.exif_transpose(Image.open(io.BytesIO(content)))))
        golden["decode"].append({"image": name, "width": array.shape[1], "height": array.shape[0], "sha256": sha(array)})
    for name, content, pixels in lossless_files():
        (OUT / name).write_bytes(content)
        array = np.asarray(pixels)
        golden["decode"].append({"image": name, "width": array.shape[1], "height": array.shape[0], "sha256": sha(array)})
    for name, content in jpeg_files():
        (OUT / name).write_bytes(content)
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
        (OUT / (name + ".png")).write_bytes(encoded(upright, "PNG", optimize=True))
        golden["jpeg"].append(name)
    for name, content in broken_files():
        (OUT / name).write_bytes(content)
        golden["broken"].append(name)
    (OUT / "golden.json").write_text(json.dumps(golden, indent=0) + "\n")


main()
