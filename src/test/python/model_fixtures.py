"""Writes the torch files of src/test/resources/model and the generated tokenizer cases.

Run: python src/test/python/model_fixtures.py (torch 2.15, safetensors 0.8.0, transformers 5.23 and
tokenizers 0.23.3 made the committed ones).
"""

import json
import pathlib
import random
import tempfile
import unicodedata
from collections import OrderedDict

import torch
from safetensors.torch import save_file
from transformers import CLIPTokenizer

RESOURCES = pathlib.Path(__file__).parents[1] / "resources"
TOKENIZER = pathlib.Path(__file__).parents[2] / "quickstart" / "base-model" / "tokenizer"


def torch_files(out):
    torch.manual_seed(3)
    base = torch.randn(6, 4)
    tensors = OrderedDict(
        f32=torch.randn(3, 2),
        f64=torch.randn(2).double(),
        f16=torch.randn(2, 3).half(),
        bf16=torch.randn(5).bfloat16(),
        i64=torch.tensor([-1, 2**40]),
        i32=torch.tensor([[7]], dtype=torch.int32),
        i16=torch.tensor([-3, 4], dtype=torch.int16),
        i8=torch.tensor([-128, 127], dtype=torch.int8),
        u8=torch.tensor([0, 255], dtype=torch.uint8),
        bool=torch.tensor([True, False, True]),
        scalar=torch.tensor(2.5),
        empty=torch.zeros(0, 3),
        transposed=base.t(),
        column=base[:, 1],
        every_second=base[::2, 1:3],
        shared=base,
        channels_last=torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
        parameter=torch.nn.Parameter(torch.randn(4)),
    )
    save_file(
        {name: tensor.detach().contiguous() for name, tensor in tensors.items()},
        out / "every_type.safetensors",
        metadata={"format": "pt"},
    )
    tensors._metadata = {"": {"version": 1}}
    others = {"epoch": 3, "lr": 1e-3, "note": "x", "none": None, "flags": (True, [1, -2, 2**40])}
    torch.save({"state_dict": tensors, **others}, out / "every_type.bin")
    some = {"f32": tensors["f32"], "f64": tensors["f64"]}
    torch.save(some, out / "protocol4.bin", pickle_protocol=4)
    torch.save(some, out / "legacy.bin", _use_new_zipfile_serialization=False)
    torch.save(torch.nn.Linear(2, 2), out / "module.bin")


RANGES = [
    (0x20, 0x7E), (0x00, 0x1F), (0x7F, 0xFF), (0x100, 0x24F), (0x300, 0x36F), (0x370, 0x3FF),
    (0x400, 0x52F), (0x590, 0x6FF), (0x7C0, 0x8FF), (0x900, 0xDFF), (0xE00, 0xEFF), (0x1100, 0x11FF),
    (0x1E00, 0x1FFF), (0x2000, 0x2BFF), (0x2C00, 0x2DFF), (0x3040, 0x30FF), (0x4E00, 0x9FFF),
    (0xA640, 0xABFF), (0xAC00, 0xD7A3), (0xF900, 0xFFFF), (0x10000, 0x1FFFF), (0x1F300, 0x1FAFF),
    (0x20000, 0x323AF), (0xE0000, 0xE01EF),
]
SPECIAL = [
    "<|endoftext|>", "<|startoftext|>", "<|ENDOFTEXT|>", "<|StartOfText|>", "<|endoftext", "|>", "</w>",
    "!", "!!", "'s", "'LL", "''", "'d", "\u0130", "\u00df", "\u03a3", "\ufb01", "\u212b", "\u0149",
]
SPACES = ["\t", "\r\n", "\x0b", "\x1c", "\x85", "\xa0", "\u180e", "\u200b", "\u200d", "\u2028", "\u3000", "\ufeff"]
WORDS = "a photo of Red apples style STREET painting naïve Việt 漢字 한국어 עברית हिन्दी 👩‍💻 🏳️‍🌈 👍🏽 1️⃣ 3.14 v-pred".split()


def text(r, marks):
    def atom():
        first, last = r.choice(RANGES)
        run = "".join(chr(r.randint(first, last)) for _ in range(r.randint(1, 6)))
        return r.choice([
            lambda: r.choice(WORDS),
            lambda: r.choice(SPECIAL),
            lambda: r.choice(SPACES) * r.randint(1, 3),
            lambda: run,
            lambda: run[0] + "".join(r.choice(marks) for _ in range(r.randint(1, 4))),
            lambda: unicodedata.normalize("NFD", run),
            lambda: "".join(r.choice(".,;:!?-_'\"()[]<>|/") for _ in range(r.randint(1, 6))),
        ])()
    return r.choice(["", " "]).join(atom() for _ in range(r.choice([1, 2, 4, 8])))


def tokenizer_cases(out):
    r = random.Random(7)
    marks = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c)).startswith("M")]
    texts = [text(r, marks) for _ in range(700)]
    sd1 = CLIPTokenizer.from_pretrained(TOKENIZER)
    with tempfile.TemporaryDirectory() as folder:
        for file in TOKENIZER.iterdir():
            (pathlib.Path(folder) / file.name).write_bytes(file.read_bytes())
        special = pathlib.Path(folder) / "special_tokens_map.json"
        special.write_text(special.read_text().replace('"pad_token": "<|endoftext|>"', '"pad_token": "!"'))
        sd2 = CLIPTokenizer.from_pretrained(folder)
    learned = CLIPTokenizer.from_pretrained(TOKENIZER)
    learned.add_tokens(["<Cat-Toy>", "<cat-toy>_1"])
    learned_texts = ["a <cat-toy> on a mat", "<CAT-TOY>s", "<cat-toy>_1, <cat-toy>_2", "x<Cat-Toy>y"]
    cases = {
        "pad_end": [{"text": t, "ids": sd1(t)["input_ids"]} for t in texts],
        "pad_exclamation": [{"text": t, "ids": sd2(t)["input_ids"]} for t in texts[:100]],
        "added": [{"text": t, "ids": learned(t)["input_ids"]} for t in learned_texts],
    }
    lines = ",\n".join(
        json.dumps(name) + ": [\n" + ",\n".join(json.dumps(c) for c in items) + "\n]"
        for name, items in cases.items()
    )
    (out / "generated_ids.json").write_text("{" + lines + "}\n")


torch_files(RESOURCES / "model")
tokenizer_cases(RESOURCES / "golden" / "tokenizer")
