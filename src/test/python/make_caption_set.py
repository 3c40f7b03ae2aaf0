"""Writes a synthetic caption-image data set of any number of rows, for measuring the prepare job.

    python src/test/python/make_caption_set.py ROWS FOLDER

256 pictures of 64 x 64 (PNG of a few hundred bytes) take turns; every caption is another. Files of
50,000 rows, row groups of 1,000, as Hugging Face writes them. Needs pyarrow and Pillow.
"""

import io
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageDraw

PICTURES = 256
ROWS_PER_FILE = 50_000
ROWS_PER_GROUP = 1_000


def picture(number):
    image = Image.new("RGB", (64, 64), (number, 255 - number, number * 7 % 256))
    ImageDraw.Draw(image).ellipse((number % 30, number // 8, 34 + number % 30, 32 + number // 8), fill=(number * 5 % 256,) * 3)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def main(rows, folder):
    pictures = [picture(number) for number in range(PICTURES)]
    folder.mkdir(parents=True, exist_ok=True)
    files = -(-rows // ROWS_PER_FILE)
    for file in range(files):
        numbers = range(file * ROWS_PER_FILE, min((file + 1) * ROWS_PER_FILE, rows))
        table = pa.table(
            {
                "image": [{"bytes": pictures[n % PICTURES], "path": f"{n}.png"} for n in numbers],
                "text": [f"a disc, number {n}" for n in numbers],
            }
        )
        name = folder / f"train-{file:05d}-of-{files:05d}.parquet"
        pq.write_table(table, name, row_group_size=ROWS_PER_GROUP, compression="snappy", use_dictionary=False)
    print(rows, "rows,", sum(f.stat().st_size for f in folder.iterdir()) >> 20, "MiB in", folder)


main(int(sys.argv[1]), pathlib.Path(sys.argv[2]))
