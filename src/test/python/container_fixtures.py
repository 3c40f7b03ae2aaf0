"""Writes src/test/resources/containers with the real datasets and webdataset packages.

    pip install datasets==5.2.0 webdataset==1.0.2 pillow
    python src/test/python/container_fixtures.py src/test/resources/containers

expected.json has, for each folder, what datasets itself reads of it: the SHA-256 of each picture,
and its captions.
"""

import hashlib
import io
import json
import pathlib
import shutil
import sys

import datasets
import webdataset
from PIL import Image

ROOT = pathlib.Path(sys.argv[1])


def png(number):
    picture = Image.new("RGB", (4, 4), (number * 37 % 256, number * 101 % 256, number * 11 % 256))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def rows(numbers, caption):
    """Columns of every kind stand before, between and after those that are read."""
    numbers = list(numbers)
    return {
        "width": [4 if n % 2 else None for n in numbers],
        "tags": [["a", "b"][: n % 3] for n in numbers],
        "image": [{"bytes": png(n), "path": f"{n}.png"} for n in numbers],
        "boxes": [[[0.5, 1.0]] * (n % 2) for n in numbers],
        "flag": [n % 2 == 0 for n in numbers],
        "nothing": [None for _ in numbers],
        "kind": [n % 2 for n in numbers],
        "text": [caption(n) for n in numbers],
        "score": [n / 2 for n in numbers],
    }


def features(text):
    return datasets.Features(
        {
            "width": datasets.Value("int32"),
            "tags": datasets.List(datasets.Value("string")),
            "image": datasets.Image(decode=False),
            "boxes": datasets.List(datasets.List(datasets.Value("float32"), length=2)),
            "flag": datasets.Value("bool"),
            "nothing": datasets.Value("null"),
            "kind": datasets.ClassLabel(names=["even", "odd"]),
            "text": text,
            "score": datasets.Value("float64"),
        }
    )


def saved(numbers, caption, text=None):
    kinds = features(text or datasets.Value("string"))
    return datasets.Dataset.from_dict(rows(numbers, caption), features=kinds)


def read(data):
    result = []
    for row in data:
        text = row["text"]
        captions = text if isinstance(text, list) else [text]
        picture = row["image"]["bytes"] if row["image"] else None
        result.append(
            [hashlib.sha256(picture).hexdigest() if picture else "", [c for c in captions if c]]
        )
    return result


def shard(path, samples):
    with webdataset.TarWriter(str(path), encoder=False, mtime=0) as out:
        for sample in samples:
            out.write(sample)


def main():
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir(parents=True)
    expected = {}

    # Seven rows in two files, and a cache file that does not belong to them.
    saved(range(7), lambda n: f"picture {n}").save_to_disk(ROOT / "saved", num_shards=2)
    shutil.copy(ROOT / "saved/data-00001-of-00002.arrow", ROOT / "saved/cache-0123456789abcdef.arrow")
    expected["saved"] = read(datasets.load_from_disk(ROOT / "saved"))

    parts = {"train": range(3), "test": range(3, 5), "extra": range(5, 6)}
    datasets.DatasetDict(
        {name: saved(numbers, lambda n: f"picture {n}") for name, numbers in parts.items()}
    ).save_to_disk(ROOT / "dict")
    for name in parts:
        expected[f"dict/{name}"] = read(datasets.load_from_disk(ROOT / "dict")[name])

    # Lists of large strings, some empty or null; rows chosen by select; one picture is missing.
    lists = saved(
        range(6),
        lambda n: [f"one {n}", f"two {n}"] if n % 3 else [f"only {n}"],
        datasets.LargeList(datasets.Value("large_string")),
    ).select([5, 0, 3])
    lists.save_to_disk(ROOT / "lists")
    expected["lists"] = read(datasets.load_from_disk(ROOT / "lists"))
    gaps = rows(range(3), lambda n: None if n == 1 else f"picture {n}")
    gaps["image"][2] = None
    datasets.Dataset.from_dict(gaps, features=features(datasets.Value("string"))).save_to_disk(
        ROOT / "gaps"
    )
    expected["gaps"] = read(datasets.load_from_disk(ROOT / "gaps"))

    tars = ROOT / "tars"
    tars.mkdir()
    for number in range(2):
        shard(
            tars / f"{number:05d}.tar",
            [
                {
                    "__key__": f"{n:09d}",
                    "png": png(n),
                    "txt": f"picture {n}".encode(),
                    "json": json.dumps({"caption": f"long {n}", "tags": ["x", f"y {n}"]}).encode(),
                }
                for n in range(number * 3, number * 3 + 3)
            ],
        )
    loaded = datasets.load_dataset("webdataset", data_dir=str(tars), split="train")
    loaded = loaded.cast_column("png", datasets.Image(decode=False))
    expected["tars"] = [
        [hashlib.sha256(row["png"]["bytes"]).hexdigest(), [row["txt"]]] for row in loaded
    ]
    (ROOT / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


main()
