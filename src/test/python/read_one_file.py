"""Compares one file with the folder it was made from, as diffusers reads both.

Usage: read_one_file.py FILE FOLDER [FILE FOLDER ...]
Prints a line for each network and ends with 1 where a tensor differs.
"""

import json
import sys
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline

same = True
for file, folder in zip(sys.argv[1::2], sys.argv[2::2]):
    xl = "text_encoder_2" in json.loads((Path(folder) / "model_index.json").read_text())
    pipeline = StableDiffusionXLPipeline if xl else StableDiffusionPipeline
    no = {"tokenizer": None} | ({"tokenizer_2": None} if xl else {})
    read = pipeline.from_single_file(file, config=folder, torch_dtype=torch.float32, **no)
    expected = pipeline.from_pretrained(folder, torch_dtype=torch.float32, **no)
    for name in ["unet", "vae", "text_encoder"] + ["text_encoder_2"] * xl:
        tensors = getattr(read, name).state_dict()
        others = getattr(expected, name).state_dict()
        equal = tensors.keys() == others.keys() and all(
            torch.equal(tensors[key], others[key]) for key in others
        )
        print(f"{folder} {name}: {'the same' if equal else 'different'}")
        same = same and equal
sys.exit(0 if same else 1)
