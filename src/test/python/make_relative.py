"""Makes src/test/resources/relative: GLoRA, OFT, BOFT and IA3 that LyCORIS and PEFT save for the embedded
base model, and the weights that they merge into.

Run: python src/test/python/make_relative.py (torch 2.15, lycoris_lora 4.1.3 and peft 0.21.2 made the
committed ones). The values are stored in fp32; the merged weights are computed in fp64 by the packages' code.
"""

import pathlib
import shutil

import torch
from lycoris.modules.boft import ButterflyOFTModule
from lycoris.modules.diag_oft import DiagOFTModule
from lycoris.modules.glora import GLoRAModule
from lycoris.modules.ia3 import IA3Module
from peft import IA3Config, OFTConfig, get_peft_model
from safetensors import safe_open
from safetensors.torch import save_file

OUT = pathlib.Path(__file__).parents[1] / "resources" / "relative"
BASE = pathlib.Path(__file__).parents[2] / "quickstart" / "base-model"
BLOCK = "down_blocks.0.attentions.0."
ATTENTION = BLOCK + "transformer_blocks.0."
TEXT = "text_model.encoder.layers.0.self_attn."

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
torch.Tensor.float = lambda self, *args, **options: self  # the packages' inverse() is fp32 otherwise


def weight(name):
    text = name.startswith("text_model")
    file = "text_encoder/model" if text else "unet/diffusion_pytorch_model"
    with safe_open(BASE / (file + ".safetensors"), "pt") as stored:
        has_bias = name + ".bias" in stored.keys()
        return stored.get_tensor(name + ".weight").to(torch.float64), has_bias


def layer(name):
    values, has_bias = weight(name)
    out, inputs = values.shape[:2]
    if values.dim() == 4:
        made = torch.nn.Conv2d(inputs, out, values.shape[2], padding=values.shape[2] // 2, bias=has_bias)
    else:
        made = torch.nn.Linear(inputs, out, bias=has_bias)
    made.weight.data = values
    return made


def random(shape, size):
    return (torch.randn(shape) * size).to(torch.float32).to(torch.float64)


def fp32(tensor):
    return tensor.to(torch.float32) if tensor.is_floating_point() else tensor


def save(folder, adapter, merged, metadata):
    folder.mkdir(parents=True, exist_ok=True)
    save_file({k: fp32(v.detach()).contiguous() for k, v in adapter.items()}, folder / "adapter.safetensors", metadata)
    save_file({k: fp32(v.detach()).contiguous() for k, v in merged.items()}, folder / "merged.safetensors")


def lycoris():
    cases = {
        ATTENTION + "attn1.to_q": (GLoRAModule, dict(lora_dim=2, alpha=1)),
        BLOCK + "proj_in": (GLoRAModule, dict(lora_dim=3, alpha=3)),
        "conv_in": (GLoRAModule, dict(lora_dim=2, alpha=3)),
        TEXT + "q_proj": (GLoRAModule, dict(lora_dim=60, alpha=30)),
        ATTENTION + "attn1.to_k": (DiagOFTModule, dict(lora_dim=8)),
        ATTENTION + "attn1.to_v": (DiagOFTModule, dict(lora_dim=4, constraint=1e-3)),
        ATTENTION + "attn1.to_out.0": (DiagOFTModule, dict(lora_dim=16, rescaled=True)),
        "conv_out": (DiagOFTModule, dict(lora_dim=2)),
        TEXT + "out_proj": (DiagOFTModule, dict(lora_dim=8, constraint=10.0)),
        ATTENTION + "attn2.to_q": (ButterflyOFTModule, dict(lora_dim=4)),
        ATTENTION + "attn2.to_k": (ButterflyOFTModule, dict(lora_dim=8, constraint=1e-2, rescaled=True)),
        ATTENTION + "attn2.to_v": (IA3Module, dict()),
        ATTENTION + "attn2.to_out.0": (IA3Module, dict(train_on_input=True)),
        BLOCK + "proj_out": (IA3Module, dict(train_on_input=True)),
    }
    adapter, merged = {}, {}
    for name, (kind, options) in cases.items():
        key = ("lora_te_" if name.startswith("text_model") else "lora_unet_") + name.replace(".", "_")
        module = kind(key, layer(name), multiplier=1.0, **options).double()
        module.apply_to()
        with torch.no_grad():
            for part, parameter in module.named_parameters():
                parameter.copy_(random(parameter.shape, 0.2) + (1 if part == "rescale" else 0))
        state = (module.custom_state_dict() if hasattr(module, "custom_state_dict") else None) or module.state_dict()
        for part, value in state.items():
            if not part.startswith("org_"):
                adapter[key + "." + part] = value
        merged[name] = module.get_merged_weight(1.0)[0]
    save(OUT / "lycoris", adapter, merged, {"ss_network_module": "lycoris.kohya", "ss_base_model_version": "sd_v1"})


def kohya():
    """As networks/oft.py of kohya's scripts saves it; what it merges is written anew after its get_weight."""
    adapter, merged = {}, {}
    for name, blocks, alpha in (("attn1.to_q", 4, 1e-3), ("attn1.to_k", 4, 1.0), ("attn1.to_v", 2, 0.0)):
        key = "oft_unet_" + (ATTENTION + name).replace(".", "_")
        base, _ = weight(ATTENTION + name)
        size = base.shape[0] // blocks
        values = random((blocks, size, size), 0.1)
        skew = values - values.transpose(1, 2)
        norm = torch.norm(skew.flatten())
        limit = torch.tensor(alpha).to(torch.float32).to(torch.float64) * base.shape[0]
        skew = skew * ((torch.clamp(norm, max=limit) + 1e-8) / (norm + 1e-8))
        eye = torch.eye(size)
        rotation = (eye + skew) @ (eye - skew).inverse()
        turned = torch.einsum("knm,kni->kmi", rotation, base.view(blocks, size, -1))
        adapter[key + ".oft_blocks"] = values
        adapter[key + ".alpha"] = torch.tensor(alpha)
        merged[ATTENTION + name] = turned.reshape(base.shape)
    save(OUT / "kohya", adapter, merged, {"ss_network_module": "networks.oft"})


def network(names):
    root = torch.nn.Module()
    for name in names:
        *path, last = name.split(".")
        inside = root
        for part in path:
            if not hasattr(inside, part):
                inside.add_module(part, torch.nn.Module())
            inside = getattr(inside, part)
        inside.add_module(last, layer(name))
    return root


def peft(folder, names, config, size):
    model = get_peft_model(network(names), config).double()
    for name, parameter in model.named_parameters():
        if ".oft_R" in name:
            parameter.data = random(parameter.shape, size)
        if ".ia3_l" in name:
            parameter.data = (1 + random(parameter.shape, size)).to(torch.float32).to(torch.float64)
    model.save_pretrained(folder)
    tensors = folder / "adapter_model.safetensors"
    with safe_open(tensors, "pt") as stored:
        narrow = {key: fp32(stored.get_tensor(key)) for key in stored.keys()}
    save_file(narrow, tensors, {"format": "pt"})
    (folder / "README.md").unlink(missing_ok=True)
    layers = {n.removeprefix("base_model.model."): m for n, m in model.named_modules() if hasattr(m, "merge")}
    merged = {}
    for name in names:
        layers[name].merge()
        merged[name] = fp32(layers[name].get_base_layer().weight.detach()).contiguous()
    save_file(merged, folder / "merged.safetensors")


shutil.rmtree(OUT, ignore_errors=True)
lycoris()
kohya()
LINEAR = [ATTENTION + "attn1.to_q", ATTENTION + "attn2.to_k"]
peft(
    OUT / "peft_oft",
    LINEAR + ["conv_in"],
    OFTConfig(oft_block_size=4, target_modules=["to_q", "to_k", "conv_in"], init_weights=False),
    0.1,
)
peft(
    OUT / "peft_coft",
    LINEAR,
    OFTConfig(
        oft_block_size=8, target_modules=["to_q", "to_k"], init_weights=False, coft=True, eps=0.05,
        block_share=True, use_cayley_neumann=False,
    ),
    0.1,
)
peft(
    OUT / "peft_ia3",
    [ATTENTION + "attn1.to_k", ATTENTION + "ff.net.2", "conv_in"],
    IA3Config(target_modules=["to_k", "net.2", "conv_in"], feedforward_modules=["net.2", "conv_in"]),
    0.2,
)
