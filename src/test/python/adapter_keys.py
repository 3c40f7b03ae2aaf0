"""Writes the keys and shapes that diffusers' save_lora_weights gives the embedded base model.

Usage: adapter_keys.py BASE_MODEL OUT.json
"""

import json
import sys
import tempfile

from diffusers import StableDiffusionPipeline
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors import safe_open

base, out = sys.argv[1:]
pipe = StableDiffusionPipeline.from_pretrained(base)
pipe.unet.add_adapter(
    LoraConfig(r=4, lora_alpha=4, target_modules=["to_q", "to_k", "to_v", "to_out.0"])
)
with tempfile.TemporaryDirectory() as folder:
    StableDiffusionPipeline.save_lora_weights(
        folder, unet_lora_layers=get_peft_model_state_dict(pipe.unet)
    )
    with safe_open(folder + "/pytorch_lora_weights.safetensors", "pt") as file:
        shapes = {key: file.get_slice(key).get_shape() for key in sorted(file.keys())}
with open(out, "w") as f:
    json.dump(shapes, f, indent=0)
    f.write("\n")
