"""Writes src/test/resources/train/lora_variants.json: what PEFT and torch make of DoRA, of convolutions
(LoCon) and of ranks and alphas by pattern, on the UNet of the tiny model golden/sd15.

Run: python src/test/python/lora_variant_fixtures.py (torch 2.15, diffusers 0.42.1 and peft 0.21.2 made
the committed ones).

A variant is a run of ten AdamW steps on one micro-batch. Of each tensor's gradient in the first step and
of its value at the end, the norm, the value in the middle and the last one stand for the whole.
"""

import json
import pathlib

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from peft import LoraConfig
from safetensors.torch import load_file
from transformers import CLIPTextModel

TESTS = pathlib.Path(__file__).parents[1]
GOLDEN = TESTS / "resources" / "golden" / "sd15"
ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]
# In blocks of 32 channels the norm's 32 groups take away again what the time adds: its gradient is zero.
RESNETS = ["conv1", "conv2", "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv"] + [
    block + ".time_emb_proj" for block in ("mid_block.resnets.0", "down_blocks.1.resnets.1", "up_blocks.0.resnets.2")
]
CONVOLUTIONS = r"resnets\.\d+\.conv[12]|(down|up)samplers\.\d+\.conv"
VARIANTS = {
    "dora": dict(r=4, lora_alpha=8, target_modules=ATTENTION, use_dora=True),
    "locon": dict(
        r=4, lora_alpha=8, target_modules=ATTENTION + RESNETS,
        rank_pattern={"attn2.to_k": 3, CONVOLUTIONS: 2}, alpha_pattern={"mid_block.*to_v": 3.0, CONVOLUTIONS: 1.0},
    ),
    "locon_with_dora": dict(
        r=3, lora_alpha=3, target_modules=ATTENTION + RESNETS, use_dora=True,
        rank_pattern={CONVOLUTIONS: 2}, alpha_pattern={CONVOLUTIONS: 4.0},
    ),
}
torch.set_num_threads(1)
data = load_file(GOLDEN / "golden.safetensors")
text = CLIPTextModel.from_pretrained(GOLDEN / "model", subfolder="text_encoder", torch_dtype=torch.float32).eval()
with torch.no_grad():
    context = text(data["text.input_ids"])[0]


def start(kind, module, shape, values):
    """Exact in fp32, so that the test makes the same numbers without a file."""
    i = torch.arange(values.numel())
    if kind == "magnitude":
        flat = values.flatten() * (1 + ((i * 13 + module) % 16 - 8) / 64)
    else:
        flat = ((i * 29 + module * 7) % 61 - 30) / (256 if kind == "A" else 512)
    return flat.reshape(shape)


def probe(values):
    flat = values.flatten()
    return [flat.double().norm().item(), flat[len(flat) // 2].item(), flat[-1].item()]


def run(options):
    unet = UNet2DConditionModel.from_pretrained(GOLDEN / "model", subfolder="unet", torch_dtype=torch.float32)
    unet.requires_grad_(False).eval()
    unet.add_adapter(LoraConfig(**options))
    modules = {n.split(".lora_")[0]: 0 for n, _ in unet.named_parameters() if "lora_" in n}
    order = {name: i for i, name in enumerate(sorted(modules))}
    trained = {}
    for name, parameter in unet.named_parameters():
        if "lora_" in name:
            module, tensor = name.split(".lora_")
            kind = tensor.split("_")[0].split(".")[0]
            parameter.data = start(kind, order[module], parameter.shape, parameter.data)
            trained[f"{module}.{kind}"] = parameter
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


results = {name: rounded(run(options)) for name, options in VARIANTS.items()}
(TESTS / "resources" / "train" / "lora_variants.json").write_text(json.dumps(results, separators=(",", ":")) + "\n")
