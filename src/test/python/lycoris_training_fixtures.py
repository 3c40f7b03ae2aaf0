"""Writes src/test/resources/train/lycoris_variants.json: what LyCORIS and torch make of LoHa and LoKr, on
the UNet of the tiny model golden/sd15.

Run: python src/test/python/lycoris_training_fixtures.py (torch 2.15, diffusers 0.42.1
and lycoris_lora 4.1.3 made the committed ones).

A variant is a run of variant_run.py.
"""

import torch
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from variant_run import ATTENTION, RESNETS, frozen_unet, train, write

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


def start(algo, module, factor, shape):
    """Exact in fp32, so that the test makes the same numbers without a file."""
    i = torch.arange(shape.numel())
    flat = ((i * 29 + module * 7 + factor * 5) % 61 - 30) / (64 if algo == "loha" else 128)
    return flat.reshape(shape)


def is_target(name, targets):
    return any(name == target or name.endswith("." + target) for target in targets)


def run(options):
    unet = frozen_unet()
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
    return train(unet, trained, options)


write("lycoris_variants.json", {name: run(options) for name, options in VARIANTS.items()})
