"""Compares one file with the folder it was made from, as diffusers reads both.

Usage: read_one_file.py FILE FOLDER [FILE FOLDER ...]
Prints a line for each network and ends with 1 where a tensor differs.
"""

import sys

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel

same = True
for file, folder in zip(sys.argv[1::2], sys.argv[2::2]):
    for network, name in ((UNet2DConditionModel, "unet"), (AutoencoderKL, "vae")):
        read = network.from_single_file(
            file, config=folder, subfolder=name, torch_dtype=torch.float32
        ).state_dict()
        expected = network.from_pretrained(
            folder, subfolder=name, torch_dtype=torch.float32
        ).state_dict()
        equal = read.keys() == expected.keys() and all(
            torch.equal(read[key], expected[key]) for key in expected
        )
        print(f"{folder} {name}: {'the same' if equal else 'different'}")
        same = same and equal
sys.exit(0 if same else 1)
