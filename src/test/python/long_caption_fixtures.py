"""Writes reference numbers for captions of several pieces into src/test/resources/train.

Run: python src/test/python/long_caption_fixtures.py (torch 2.15, transformers 5.23 made the
committed ones).

Token ids are cut, and hidden states joined, as kohya's scripts do for --max_token_length of 150 and
225; the steps stand here as the scripts define them. The text encoder is the tiny one of the golden
model, with CLIP's tokenizer.
"""

import json
import pathlib

import torch
from transformers import CLIPTextModel, CLIPTokenizer

ROOT = pathlib.Path(__file__).parents[3]
OUT = ROOT / "src/test/resources/train/long_captions.json"
MODEL = ROOT / "src/test/resources/golden/sd15/model"
TOKENIZER = ROOT / "src/quickstart/base-model/tokenizer"
WORDS = "a pear on the table, red light"


def pieces(tokenizer, text, length):
    """[pieces, 77], or [77] for one."""
    most = length + 2
    ids = tokenizer(text, padding="max_length", truncation=True, max_length=most, return_tensors="pt").input_ids
    if length == 75:
        return ids
    ids = ids.squeeze(0)
    cut = []
    size = tokenizer.model_max_length
    for i in range(1, most - size + 2, size - 2):
        piece = torch.cat((ids[0].unsqueeze(0), ids[i : i + size - 2], ids[-1].unsqueeze(0)))
        if tokenizer.pad_token_id != tokenizer.eos_token_id:
            if piece[-2] != tokenizer.eos_token_id and piece[-2] != tokenizer.pad_token_id:
                piece[-1] = tokenizer.eos_token_id
            if piece[1] == tokenizer.pad_token_id:
                piece[1] = tokenizer.eos_token_id
        cut.append(piece)
    return torch.stack(cut)


def states(model, ids, skip):
    if skip == 0:
        found = model(ids).last_hidden_state
    else:
        out = model(ids, output_hidden_states=True)
        found = getattr(model, "text_model", model).final_layer_norm(out.hidden_states[-1 - skip])
    size = ids.shape[1]
    found = found.reshape((1, -1, found.shape[-1]))
    if ids.shape[0] == 1:
        return found
    joined = [found[:, 0].unsqueeze(1)]
    for i in range(1, ids.shape[0] * size, size):
        joined.append(found[:, i : i + size - 2])
    joined.append(found[:, -1].unsqueeze(1))
    return torch.cat(joined, dim=1)


@torch.no_grad()
def cases():
    model = CLIPTextModel.from_pretrained(MODEL / "text_encoder", dtype=torch.float32).eval()
    found = []
    for padding in ("<|endoftext|>", "!"):
        tokenizer = CLIPTokenizer.from_pretrained(TOKENIZER, pad_token=padding)
        for length in (75, 150, 225):
            for repeats in (1, 12, 40):
                text = ", ".join([WORDS] * repeats)
                ids = pieces(tokenizer, text, length)
                case = dict(padding=padding, tokens=length, text=text, ids=ids.flatten().tolist())
                if padding != "!" and repeats == 12:
                    for skip in (0, 1):
                        # every 16th value: the others are of the same states
                        case[f"states_{skip}"] = states(model, ids, skip).flatten()[::16].tolist()
                found.append(case)
    return found


OUT.write_text(json.dumps(cases(), indent=None, separators=(",", ":")) + "\n")
