"""Writes reference numbers for prompts with weights into src/test/resources/train.

Run: python src/test/python/weighted_prompt_fixtures.py lpw_stable_diffusion.py, with the file of
diffusers' examples/community (torch 2.15, transformers 5.23, diffusers 0.42.1 made the committed
ones).

The file's own functions parse the prompts and weigh the hidden states. The prompts are such that the
mean of their states is not close to 0, where a ratio of fp32 means has few digits. The text encoder
is the tiny one of the golden model, with CLIP's tokenizer.
"""

import json
import pathlib
import re
import sys
import types

import torch
from transformers import CLIPTextModel, CLIPTokenizer

ROOT = pathlib.Path(__file__).parents[3]
OUT = ROOT / "src/test/resources/train/weighted_prompts.json"
MODEL = ROOT / "src/test/resources/golden/sd15/model"
TOKENIZER = ROOT / "src/quickstart/base-model/tokenizer"
PROMPTS = [
    "",
    "a red pear",
    "a (red) pear",
    "a ((red)) [pear] on [[a table]]",
    "one (red:1.3) apple (on a (wooden:0.5) table:1.2) by night",
    "a \\(red\\) \\[pear\\] \\\\ (on \\(a\\) table:.7)",
    "(unclosed [both and (nested",
    "closed) at] the end:1.5) (of:it) [ten:2] time: 10:30 (x:-1)",
    "(a)(b)[c][d] \\",
    ", ".join(["a (pear:1.2) on [the] table"] * 16),
]


def functions(path):
    """Those that read prompts; the rest of the file needs a whole pipeline."""
    text = pathlib.Path(path).read_text()
    start = text.index("re_attention = ")
    end = text.index("def preprocess_image")
    warned = types.SimpleNamespace(warning=lambda message: None)
    names = {"re": re, "torch": torch, "logger": warned, "DiffusionPipeline": object}
    names["StableDiffusionLoraLoaderMixin"] = type("Unused", (), {})
    exec("from typing import *\n" + text[start:end], names)
    return names


@torch.no_grad()
def cases(lpw):
    encoder = CLIPTextModel.from_pretrained(MODEL / "text_encoder", dtype=torch.float32).eval()
    if not hasattr(encoder, "text_model"):
        object.__setattr__(encoder, "text_model", encoder)  # as transformers before 5
    pipe = types.SimpleNamespace(
        tokenizer=CLIPTokenizer.from_pretrained(TOKENIZER, pad_token="<|endoftext|>"),
        text_encoder=encoder,
        device="cpu",
    )
    found = []
    for prompt in PROMPTS:
        parts = [dict(text=text, weight=weight) for text, weight in lpw["parse_prompt_attention"](prompt)]
        states, _ = lpw["get_weighted_text_embeddings"](pipe, prompt, no_boseos_middle=True)
        # every 16th value: the others are of the same states
        found.append(
            dict(prompt=prompt, parts=parts, words=states.shape[1], states=states.flatten()[::16].tolist())
        )
    return found


OUT.write_text(json.dumps(cases(functions(sys.argv[1])), indent=None, separators=(",", ":")) + "\n")
