"""Makes lycoris.safetensors (adapters that LyCORIS writes) and lycoris_updates.safetensors (what they
change), with lycoris_lora 4.1.3 and torch: python make_lycoris.py FOLDER

The layers are smaller than those of any model; only their names are real.
"""
import sys

import torch
from lycoris.modules.full import FullModule
from lycoris.modules.locon import LoConModule
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from safetensors.torch import save_file

torch.manual_seed(7)
LINEAR = lambda: torch.nn.Linear(8, 12)
CONV = lambda: torch.nn.Conv2d(8, 12, 3, padding=1)
SMALL = lambda: torch.nn.Linear(12, 6)
BLOCK = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_"
TEXT = "lora_te_text_model_encoder_layers_0_self_attn_"
RES = "lora_unet_down_blocks_0_resnets_0_"
CASES = {
    BLOCK + "attn1_to_q": (LohaModule, LINEAR, dict(lora_dim=2, alpha=1)),
    BLOCK + "attn1_to_k": (LohaModule, LINEAR, dict(lora_dim=4, alpha=3)),
    RES + "conv1": (LohaModule, CONV, dict(lora_dim=3, alpha=2)),
    RES + "conv2": (LohaModule, CONV, dict(lora_dim=3, alpha=2, use_tucker=True)),
    BLOCK + "attn1_to_v": (LokrModule, LINEAR, dict(lora_dim=2, alpha=2, factor=2)),
    BLOCK + "attn1_to_out_0": (LokrModule, LINEAR, dict(lora_dim=8, alpha=4, factor=4)),
    BLOCK + "attn2_to_q": (LokrModule, LINEAR, dict(lora_dim=1, alpha=2, factor=4, decompose_both=True)),
    BLOCK + "attn2_to_k": (LokrModule, SMALL, dict(lora_dim=1, alpha=2, factor=2, unbalanced_factorization=True)),
    "lora_unet_down_blocks_1_resnets_0_conv1": (LokrModule, CONV, dict(lora_dim=2, alpha=3, factor=2)),
    "lora_unet_down_blocks_1_resnets_0_conv2": (LokrModule, CONV, dict(lora_dim=2, alpha=3, factor=2, use_tucker=True)),
    "lora_unet_down_blocks_1_resnets_1_conv1": (LokrModule, CONV, dict(lora_dim=9, alpha=3, factor=2, full_matrix=True)),
    "lora_unet_down_blocks_1_resnets_1_conv2": (LoConModule, CONV, dict(lora_dim=3, alpha=2, use_tucker=True)),
    TEXT + "q_proj": (FullModule, LINEAR, dict()),
    "lora_unet_down_blocks_0_downsamplers_0_conv": (FullModule, CONV, dict()),
    TEXT + "k_proj": (LoConModule, LINEAR, dict(lora_dim=2, alpha=3)),
    TEXT + "v_proj": (LohaModule, LINEAR, dict(lora_dim=2, alpha=1, rs_lora=True)),
}
adapter, updates = {}, {}
for name, (kind, layer, options) in CASES.items():
    original = layer()
    shape = original.weight.shape
    module = kind(name, original, multiplier=1.0, **options)
    module.apply_to()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.5)
        if kind is FullModule and module.bias is not None:
            module.bias.copy_(module.org_bias[0] if isinstance(module.org_bias, list) else module.org_bias)
    state = module.custom_state_dict() if hasattr(module, "custom_state_dict") else None
    state = state or module.state_dict()
    for key, value in state.items():
        if key.startswith("org_") or key in ("scalar",):
            continue
        adapter[name + "." + key] = value.detach().clone().contiguous()
    # What forward adds. LyCORIS' get_diff_weight of LoHa and LoKr multiplies by the scale once more.
    twice = kind in (LohaModule, LokrModule)
    update = module.get_weight(module.shape) if twice else module.get_diff_weight(1.0)[0]
    updates[name] = update.detach().reshape(shape).clone().contiguous()
for key, value in list(adapter.items()):
    if key.endswith(".alpha") and "attn1_to_q." in key:
        adapter[key] = torch.tensor(int(value), dtype=torch.int64)  # as some tools write it
folder = sys.argv[1]
save_file(adapter, folder + "/lycoris.safetensors", metadata={"ss_network_module": "lycoris.kohya"})
save_file(updates, folder + "/lycoris_updates.safetensors")
for key, value in sorted(adapter.items()):
    print(key, tuple(value.shape), value.dtype)
