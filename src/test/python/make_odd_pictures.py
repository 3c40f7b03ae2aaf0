"""Makes src/test/resources/images/odd: pictures that programs disagree about, and what Pillow shows.

Run from the repository's root with Pillow and numpy installed:
    python src/test/python/make_odd_pictures.py
"""

import hashlib
import io
import json
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

OUT = pathlib.Path("src/test/resources/images/odd")
RANDOM = np.random.default_rng(11)


def smooth(width=41, height=23):
    y, x = np.mgrid[0:height, 0:width]
    image = np.stack([127 + 120 * np.sin(x / 17 + y / 31), 127 + 120 * np.cos(y / 23), 127 + 120 * np.sin((x + y) / 29)], -1)
    image[:6, :9] = (20, 30, 40)
    return Image.fromarray(image.astype(np.uint8))


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def shown(data):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    rgba = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(rgba, mask=rgba.getchannel("A"))
    return ground


def chunk(kind, content, damage=0):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content) ^ damage)


def with_chunk(png, extra):
    at = png.index(b"IDAT") - 4
    return png[:at] + extra + png[at:]


def segment(marker, content):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def tiff(orientation, order, kind=3):
    value = struct.pack(order + "HH", orientation, 0) if kind == 3 else struct.pack(order + "I", orientation)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, 2)
    make = struct.pack(order + "HHI4s", 0x010F, 2, 3, b"ab\0\0")
    return head + make + struct.pack(order + "HHI", 0x0112, kind, 1) + value + bytes(4)


def xmp(orientation):
    return f'<x:xmpmeta><rdf:Description tiff:Orientation="{orientation}"/></x:xmpmeta>'.encode()


def turned():
    """Every place in which an orientation can stand."""
    png = encoded(smooth(), "PNG")
    profile = b"Raw profile type exif\0%s\nexif\n      42\n" + (b"Exif\0\0" + tiff(8, ">")).hex().encode() + b"\n"
    yield "exif_big_endian.png", with_chunk(png, chunk(b"eXIf", tiff(6, ">")))
    yield "exif_long.png", with_chunk(png, chunk(b"eXIf", tiff(5, ">", 4)))
    yield "exif_prefix.png", with_chunk(png, chunk(b"eXIf", b"Exif\0\0" + tiff(7, "<")))
    yield "exif_nine.png", with_chunk(png, chunk(b"eXIf", tiff(9, "<")))
    yield "exif_text.png", with_chunk(png, chunk(b"tEXt", profile % b""))
    yield "exif_compressed_text.png", with_chunk(
        png, chunk(b"zTXt", profile[:22] + b"\0" + zlib.compress(profile[22:] % b""))
    )
    yield "xmp.png", with_chunk(png, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(3)))
    yield "xmp_compressed.png", with_chunk(png, chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0en\0\0" + zlib.compress(xmp(6))))
    yield "exif_before_xmp.png", with_chunk(
        png, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(3)) + chunk(b"eXIf", tiff(1, "<"))
    )
    yield "exif_big_endian.webp", encoded(smooth(), "WEBP", lossless=True, exif=tiff(8, ">"))
    yield "xmp.webp", encoded(smooth(), "WEBP", lossless=True, xmp=xmp(2))
    yield "exif_big_endian.jpg", encoded(smooth(), "JPEG", quality=90, exif=b"Exif\0\0" + tiff(6, ">"))
    yield "xmp.jpg", encoded(smooth(), "JPEG", quality=90, xmp=xmp(7))


def gif_frame(left, top, width, height, colours=None, transparent=None, interlace=0):
    image = Image.frombytes("P", (width, height), RANDOM.integers(0, 256, width * height, dtype=np.uint8).tobytes())
    image.putpalette([value for value in range(256) for _ in range(3)])
    data = encoded(image, "GIF", optimize=False, interlace=interlace)
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while data[at] != 0x2C:
        at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    flags = data[at + 9]
    at += 10 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    control = b"" if transparent is None else b"!\xf9\4\1\0\0" + bytes([transparent, 0])
    own = 0x87 if colours else 0
    place = struct.pack("<HHHH", left, top, width, height)
    return control + b"," + place + bytes([own | flags & 0x40]) + (colours or b"") + data[at:-1]


def gif(width, height, frame, colours=None, background=0):
    flags = bytes([0xF7 if colours else 0, background, 0])
    return b"GIF89a" + struct.pack("<HH", width, height) + flags + (colours or b"") + frame + b";"


def colours():
    return RANDOM.integers(0, 256, 768, dtype=np.uint8).tobytes()


def screens():
    """First pictures that are not of the screen's size."""
    yield "inside.gif", gif(20, 15, gif_frame(5, 4, 7, 6), colours(), 9)
    yield "inside_transparent.gif", gif(20, 15, gif_frame(5, 4, 7, 6, transparent=3), colours(), 9)
    yield "own_colours.gif", gif(20, 15, gif_frame(5, 4, 7, 6, colours(), 255), colours())
    yield "interlaced.gif", gif(20, 15, gif_frame(2, 1, 18, 14, interlace=1), colours())
    yield "beyond.gif", gif(8, 8, gif_frame(5, 4, 9, 11, colours()))
    yield "no_colours.gif", gif(20, 15, gif_frame(0, 0, 20, 15))
    yield "animated.gif", encoded(smooth(), "GIF", save_all=True, append_images=[smooth().rotate(180)])
    yield "animated.png", encoded(smooth(), "PNG", save_all=True, append_images=[smooth().rotate(180)])
    rows = RANDOM.integers(0, 256, 400, dtype=np.uint8).tobytes()
    masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F)
    head = struct.pack("<IiiHHIIiiII", 40, 20, 10, 1, 16, 3, len(rows), 0, 0, 0, 0)
    yield "565.bmp", b"BM" + struct.pack("<IHHI", 66 + len(rows), 0, 0, 66) + head + masks + rows


def noted():
    """PNGs with notes that are damaged or malformed; the pixels are those of a PNG without."""
    png = encoded(smooth(), "PNG")
    texts = [(b"tEXt", b"no key"), (b"zTXt", b"K\0\0xx"), (b"iTXt", b"K\0\1\0\0\0xx"), (b"iCCP", b"junk"), (b"iCCP", b"")]
    numbers = [(b"gAMA", b"1"), (b"pHYs", b""), (b"cHRM", b"1"), (b"sRGB", b""), (b"tIME", b"\0" * 6), (b"sBIT", b"")]
    others = [(b"eXIf", b""), (b"eXIf", b"MM\0*"), (b"bKGD", b"1"), (b"hIST", b"1"), (b"acTL", b"1"), (b"fcTL", b"1"), (b"fdAT", b"1")]
    everything = b"".join(chunk(*note) + chunk(*note, damage=1) for note in texts + numbers + others)
    damaged = chunk(b"eXIf", tiff(6, "<"), damage=1)
    yield "notes.png", with_chunk(png, everything + damaged), smooth()
    at = png.index(b"IDAT") + 4 + struct.unpack(">I", png[png.index(b"IDAT") - 4 : png.index(b"IDAT")])[0]
    yield "wrong_sum_of_right_pixels.png", png[:at] + b"\0\0\0\0" + png[at + 4 :], smooth()
    yield "no_end.png", png[:-12], smooth()


def colour_spaces():
    """JPEGs that say in different ways, or not at all, what their samples are."""
    whole = encoded(smooth(), "JPEG", quality=95, subsampling=0)
    bare = whole[:2] + whole[20:]
    adobe = b"Adobe\0\x64\0\0\0\0"
    yield "no_jfif.jpg", bare
    yield "adobe_rgb.jpg", bare[:2] + segment(0xEE, adobe + b"\0") + bare[2:]
    yield "adobe_two.jpg", bare[:2] + segment(0xEE, adobe + b"\2") + bare[2:]
    yield "jfif_and_adobe_rgb.jpg", whole[:20] + segment(0xEE, adobe + b"\0") + whole[20:]
    yield "named_rgb.jpg", encoded(smooth(), "JPEG", quality=95, keep_rgb=True)
    profile = b"ICC_PROFILE\0"
    yield "profiles.jpg", whole[:20] + segment(0xE2, profile + b"\1\2junk") + segment(0xE2, profile + b"\1\3") + whole[20:]
    yield "filled.jpg", whole[:20] + b"\xff\xff\xff" + whole[20:]
    yield "behind_its_end.jpg", whole + b"\xff\xd8\xff rest"
    yield "two.mpo.jpg", encoded(smooth(), "MPO", save_all=True, append_images=[smooth().rotate(180)])
    cmyk = encoded(smooth().convert("CMYK"), "JPEG", quality=95)
    start = cmyk.index(b"Adobe") - 4
    yield "cmyk_no_adobe.jpg", cmyk[:start] + cmyk[start + 16 :]
    yield "ycck.jpg", cmyk[: start + 15] + b"\2" + cmyk[start + 16 :]


def reported():
    """Pictures of the forms that people reported to other projects; made for this one."""
    for name in ("gif_first_frame_offset.gif", "png_time_bad.png", "jpg_bad_icc_markers.jpg", "rgb_cmykicc.jpg"):
        yield name, (OUT / name).read_bytes()


def damaged():
    """What is damaged where it matters, and how the reason begins."""
    png = encoded(smooth(), "PNG")
    data = png.index(b"IDAT") + 4
    yield "flipped_pixels.png", png[: data + 90] + bytes([png[data + 90] ^ 4]) + png[data + 91 :], "the checksums of its pixels"
    yield "flipped_header.png", png[:29] + b"\0\0\0\0" + png[33:], "the checksum of its chunk IHDR"
    yield "short_key.png", with_chunk(png, chunk(b"tRNS", b"\0\1")), "its chunk tRNS is too short"
    progressive = encoded(smooth(), "JPEG", progressive=True, quality=90)
    scans = [at for at in range(2, len(progressive) - 1) if progressive[at : at + 2] == b"\xff\xda"]
    yield "cut_at_scan.jpg", progressive[: scans[4]], "it ends early"
    yield "jpg_prog_trunc_at_scan.jpg", (OUT / "jpg_prog_trunc_at_scan.jpg").read_bytes(), "it ends early"
    yield "no_end.jpg", encoded(smooth(), "JPEG")[:-2], "it ends early"
    whole = gif(20, 15, gif_frame(0, 0, 20, 15), colours())
    yield "cut.gif", whole[:-60], "it ends early"
    yield "no_code.gif", whole[:-300] + b"\xff" * 299 + b";", "its compressed pixels are damaged"


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    golden = {"shown": [], "near": [], "refused": []}
    files = [(name, data, shown(data)) for name, data in (*turned(), *screens(), *reported())] + list(noted())
    for name, data, expected in files + [(name, data, shown(data)) for name, data in colour_spaces()]:
        (OUT / name).write_bytes(data)
        if name.endswith(".jpg"):
            (OUT / (name + ".png")).write_bytes(encoded(expected, "PNG"))
            golden["near"].append("odd/" + name)
        else:
            digest = hashlib.sha256(expected.tobytes()).hexdigest()
            width, height = expected.size
            golden["shown"].append({"image": "odd/" + name, "width": width, "height": height, "sha256": digest})
    for name, data, reason in damaged():
        (OUT / name).write_bytes(data)
        golden["refused"].append({"image": "odd/" + name, "reason": reason})
    (OUT / "odd.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
