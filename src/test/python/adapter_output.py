"""Loads an adapter with diffusers and compares the UNet's output with ours.

Usage: adapter_output.py BASE_MODEL ADAPTER_FOLDER OURS.safetensors
OURS holds sample, timestep, context and out. Prints the largest deviation over the largest value.
"""

import sys

import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file

base, folder, ours = sys.argv[1:]
pipe = StableDiffusionPipeline.from_pretrained(base, torch_dtype=torch.float32)
plain = {name: p.clone() for name, p in pipe.unet.named_parameters()}
pipe.load_lora_weights(folder)
tensors = load_file(ours)
with torch.no_grad():
    out = pipe.unet(tensors["sample"], tensors["timestep"], tensors["context"]).sample
    pipe.unet.disable_lora()
    base_out = pipe.unet(tensors["sample"], tensors["timestep"], tensors["context"]).sample
largest = tensors["out"].abs().max()
print("adapter changes", ((out - base_out).abs().max() / largest).item())
print("error", ((out - tensors["out"]).abs().max() / largest).item())
