"""Writes src/test/resources/train/lycoris_variants.json: what LyCORIS and torch make of LoHa and LoKr, on
the UNet of the tiny model golden/sd15.

Run: python src/test/python/lycoris_training_fixtures.py (torch 2.15, diffusers 0.42.1
and lycoris_lora 4.1.3 made the committed ones).

A variant is a run of ten AdamW steps on one micro-batch. Of each tensor's gradient in the first step and
of its value at the end, the norm, the value in the middle and the last one stand for the whole.
"""

import json
import pathlib

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from safetensors.torch import load_file
from transformers import CLIPTextModel

TESTS = pathlib.Path(__file__).parents[1]
GOLDEN = TESTS / "resources" / "golden" / "sd15"
ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]
# In blocks of 32 channels the norm's 32 groups take away again what the time adds: its gradient is zero.
RESNETS = ["conv1", "conv2", "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv"] + [
    block + ".time_emb_proj" for block in ("mid_block.resnets.0", "down_blocks.1.resnets.1", "up_blocks.0.resnets.2")
]
OUTER = ["proj_in", "proj_out", "ff.net.0.proj", "ff.net.2"]
VARIANTS = {
    "loha": dict(algo="loha", lora_dim=3, alpha=6, targets=ATTENTION + OUTER),
    "loha_conv": dict(algo="loha", lora_dim=2, alpha=3, targets=ATTENTION + RESNETS),
    "loha_tucker": dict(algo="loha", lora_dim=2, alpha=3, targets=ATTENTION + RESNETS, use_tucker=True),
    "lokr": dict(algo="lokr", lora_dim=2, alpha=4, targets=ATTENTION + OUTER),
    "lokr_factor": dict(algo="lokr", lora_dim=3, alpha=6, targets=ATTENTION, factor=4),
    "lokr_both": dict(algo="lokr", lora_dim=1, alpha=2, targets=ATTENTION, decompose_both=True),
    "lokr_conv": dict(algo="lokr", lora_dim=2, alpha=3, targets=ATTENTION + RESNETS, factor=2),
    "lokr_tucker": dict(algo="lokr", lora_dim=2, alpha=3, targets=ATTENTION + RESNETS, factor=2, use_tucker=True),
    "lokr_full": dict(algo="lokr", lora_dim=2, alpha=5, targets=ATTENTION + RESNETS, factor=2, full_matrix=True),
}
# In the order of the flat vector.
FACTORS = [
    "hada_w1_a", "hada_w1_b", "hada_t1", "hada_w2_a", "hada_w2_b", "hada_t2",
    "lokr_w1", "lokr_w1_a", "lokr_w1_b", "lokr_w2", "lokr_w2_a", "lokr_w2_b", "lokr_t2",
]
torch.set_num_threads(1)
data = load_file(GOLDEN / "golden.safetensors")
text = CLIPTextModel.from_pretrained(GOLDEN / "model", subfolder="text_encoder", torch_dtype=torch.float32).eval()
with torch.no_grad():
    context = text(data["text.input_ids"])[0]


def start(algo, module, factor, shape):
    """Exact in fp32, so that the test makes the same numbers without a file."""
    i = torch.arange(shape.numel())
    flat = ((i * 29 + module * 7 + factor * 5) % 61 - 30) / (64 if algo == "loha" else 128)
    return flat.reshape(shape)


def probe(values):
    flat = values.flatten()
    return [flat.double().norm().item(), flat[len(flat) // 2].item(), flat[-1].item()]


def is_target(name, targets):
    return any(name == target or name.endswith("." + target) for target in targets)


def run(options):
    unet = UNet2DConditionModel.from_pretrained(GOLDEN / "model", subfolder="unet", torch_dtype=torch.float32)
    unet.requires_grad_(False).eval()
    kind = {"loha": LohaModule, "lokr": LokrModule}[options["algo"]]
    settings = {k: v for k, v in options.items() if k not in ("algo", "targets")}
    layers = dict(unet.named_modules())
    names = sorted(
        name for name, layer in layers.items()
        if isinstance(layer, (torch.nn.Linear, torch.nn.Conv2d)) and is_target(name, options["targets"])
    )
    trained, modules = {}, []
    for number, name in enumerate(names):
        module = kind(name.replace(".", "_"), layers[name], multiplier=1.0, **settings)
        module.apply_to()
        modules.append(module)
        parameters = dict(module.named_parameters())
        present = [factor for factor in FACTORS if factor in parameters]
        assert sorted(present) == sorted(parameters), parameters.keys()
        for place, factor in enumerate(present):
            parameter = parameters[factor]
            parameter.data = start(options["algo"], number, place, parameter.shape)
            trained[f"{name}.{factor}"] = parameter
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
(TESTS / "resources" / "train" / "lycoris_variants.json").write_text(json.dumps(results, separators=(",", ":")) + "\n")
