"""Writes src/test/resources/train/lora_variants.json: what PEFT and torch make of DoRA, of convolutions
(LoCon) and of ranks and alphas by pattern, on the UNet of the tiny model golden/sd15.

Run: python src/test/python/lora_variant_fixtures.py (torch 2.15, diffusers 0.42.1 and peft 0.21.2 made
the committed ones).

A variant is a run of variant_run.py.
"""

import torch
from peft import LoraConfig
from variant_run import ATTENTION, RESNETS, frozen_unet, train, write

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


def start(kind, module, shape, values):
    """Exact in fp32, so that the test makes the same numbers without a file."""
    i = torch.arange(values.numel())
    if kind == "magnitude":
        flat = values.flatten() * (1 + ((i * 13 + module) % 16 - 8) / 64)
    else:
        flat = ((i * 29 + module * 7) % 61 - 30) / (256 if kind == "A" else 512)
    return flat.reshape(shape)


def run(options):
    unet = frozen_unet()
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
    return train(unet, trained, options)


write("lora_variants.json", {name: run(options) for name, options in VARIANTS.items()})
