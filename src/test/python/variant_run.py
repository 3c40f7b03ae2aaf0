"""Ten AdamW steps of an adapter on the UNet of the tiny model golden/sd15, on one micro-batch, for the
scripts that compare variants with the packages they come from.

Of each tensor's gradient in the first step and of its value at the end, the norm, the value in the middle
and the last one stand for the whole.
"""

import json
import pathlib

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file
from transformers import CLIPTextModel

RESOURCES = pathlib.Path(__file__).parents[1] / "resources"
GOLDEN = RESOURCES / "golden" / "sd15"
ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]
# In blocks of 32 channels the norm's 32 groups take away again what the time adds: its gradient is zero.
RESNETS = ["conv1", "conv2", "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv"] + [
    block + ".time_emb_proj" for block in ("mid_block.resnets.0", "down_blocks.1.resnets.1", "up_blocks.0.resnets.2")
]
torch.set_num_threads(1)
data = load_file(GOLDEN / "golden.safetensors")
text = CLIPTextModel.from_pretrained(GOLDEN / "model", subfolder="text_encoder", torch_dtype=torch.float32).eval()
with torch.no_grad():
    context = text(data["text.input_ids"])[0]


def frozen_unet():
    unet = UNet2DConditionModel.from_pretrained(GOLDEN / "model", subfolder="unet", torch_dtype=torch.float32)
    return unet.requires_grad_(False).eval()


def probe(values):
    flat = values.flatten()
    return [flat.double().norm().item(), flat[len(flat) // 2].item(), flat[-1].item()]


def train(unet, trained, options):
    """Trains the parameters, by name, and returns what there is to compare."""
    optimizer = torch.optim.AdamW(trained.values(), lr=1e-3, weight_decay=1e-2)
    trace, gradient = [], None
    for _ in range(10):
        optimizer.zero_grad()
        prediction = unet(data["train.noisy"], data["train.timesteps"], context).sample
        loss = F.mse_loss(prediction, data["train.target"])
        loss.backward()
        if gradient is None:
            gradient = {n: probe(p.grad) for n, p in trained.items()}
        trace.append([loss.item(), torch.nn.utils.clip_grad_norm_(trained.values(), 0.5).item()])
        optimizer.step()
    final = {n: probe(p.detach()) for n, p in trained.items()}
    return dict(options=options, learning_rate=1e-3, weight_decay=1e-2, max_grad_norm=0.5,
                trace=trace, gradient=gradient, final=final)


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.8g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return {k: rounded(v) for k, v in value.items()} if isinstance(value, dict) else value


def write(file, results):
    """Writes a file of src/test/resources/train."""
    text = json.dumps(rounded(results), separators=(",", ":"))
    (RESOURCES / "train" / file).write_text(text + "\n")
