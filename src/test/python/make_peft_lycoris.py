"""Makes src/test/resources/peft_lycoris: LoHa and LoKr that PEFT saves, and what they change.

Run: python src/test/python/make_peft_lycoris.py (torch 2.15 and peft 0.21.2 made the committed ones).
The layers are smaller than those of any model; only their names are real.
"""

import pathlib
import shutil

import torch
from peft import LoHaConfig, LoKrConfig, get_peft_model
from safetensors.torch import save_file

OUT = pathlib.Path(__file__).parents[1] / "resources" / "peft_lycoris"
BLOCK = "down_blocks.0.attentions.0.transformer_blocks.0."
LAYERS = {
    BLOCK + "attn1.to_q": lambda: torch.nn.Linear(8, 12),
    BLOCK + "attn1.to_k": lambda: torch.nn.Linear(8, 12),
    "down_blocks.0.attentions.0.proj_in": lambda: torch.nn.Conv2d(8, 12, 1),
    "down_blocks.0.resnets.0.conv1": lambda: torch.nn.Conv2d(8, 12, 3),
    "down_blocks.0.resnets.0.conv2": lambda: torch.nn.Conv2d(12, 12, 3),
}
TARGETS = dict(
    r=2, alpha=3, target_modules=["to_q", "to_k", "proj_in", "conv1", "conv2"], init_weights=False,
    rank_pattern={"to_k": 6, "conv2": 1}, alpha_pattern={"to_k": 5},
)
KINDS = {
    "loha": LoHaConfig(**TARGETS),
    "loha_tucker": LoHaConfig(**TARGETS, use_effective_conv2d=True),
    "lokr": LoKrConfig(**TARGETS, decompose_factor=2),
    "lokr_tucker": LoKrConfig(**TARGETS, decompose_factor=4, decompose_both=True, use_effective_conv2d=True),
}


def network():
    root = torch.nn.Module()
    for name, make in LAYERS.items():
        *path, last = name.split(".")
        inside = root
        for part in path:
            if not hasattr(inside, part):
                inside.add_module(part, torch.nn.Module())
            inside = getattr(inside, part)
        inside.add_module(last, make())
    return root


shutil.rmtree(OUT, ignore_errors=True)
for kind, config in KINDS.items():
    torch.manual_seed(7)
    model = get_peft_model(network(), config)
    generator = torch.Generator().manual_seed(7)
    for name, parameter in model.named_parameters():
        if ".hada_" in name or ".lokr_" in name:
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.5
    model.save_pretrained(OUT / kind)
    layers = {n.removeprefix("base_model.model."): m for n, m in model.named_modules() if hasattr(m, "get_delta_weight")}
    updates = {name: layers[name].get_delta_weight("default").detach().contiguous() for name in LAYERS}
    save_file(updates, OUT / kind / "updates.safetensors")
    (OUT / kind / "README.md").unlink(missing_ok=True)
