"""Makes adapters with PEFT, saves them as diffusers and as PEFT do, and what the networks make of them.

Usage: peft_adapters.py BASE_MODEL OUT dora|locon
OUT gets diffusers/pytorch_lora_weights.safetensors, peft/{unet,text_encoder}, other/ (a plain LoRA of
the UNet) and expected.safetensors: each module's NETWORK:NAME:down, :up, :scale and :magnitude; inputs
and outputs of both networks; and outputs of the UNet at other weights. Modules have several ranks and
alphas, by patterns.
"""

import sys
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline, UNet2DConditionModel
from diffusers.training_utils import _collate_lora_metadata
from peft import LoraConfig, get_peft_model
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import CLIPTextModel

base, out, kind = sys.argv[1:]
out = Path(out)
torch.set_num_threads(1)
torch.manual_seed(0)
LINEAR = ["to_q", "to_k", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2", "time_emb_proj", "linear_1"]
CONVOLUTIONS = ["proj_in", "conv1", "conv2", "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv", "conv_in"]
UNET = dict(
    r=4, lora_alpha=6, target_modules=LINEAR + CONVOLUTIONS, use_dora=kind == "dora",
    rank_pattern={"conv1": 2, "attn2.to_k": 3}, alpha_pattern={"conv2": 5.0, "attn2.to_q": 1.5},
)
TEXT = dict(r=3, lora_alpha=3, target_modules=["q_proj", "fc1"], use_dora=kind == "dora")


def networks():
    return (
        UNet2DConditionModel.from_pretrained(base, subfolder="unet", torch_dtype=torch.float32).eval(),
        CLIPTextModel.from_pretrained(base, subfolder="text_encoder", dtype=torch.float32).eval(),
    )


def randomise(model, adapter="default"):
    generator = torch.Generator().manual_seed(7)
    for name, parameter in model.named_parameters():
        if f"lora_A.{adapter}" in name or f"lora_B.{adapter}" in name:
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.05
        elif f"lora_magnitude_vector.{adapter}" in name:
            parameter.data *= 1 + 0.2 * torch.randn(parameter.shape, generator=generator)


unet, text = networks()
expected = {
    "sample": torch.randn(2, unet.config.in_channels, 16, 16),
    "timestep": torch.tensor([20.0, 700.0]),
    "context": torch.randn(2, 77, unet.config.cross_attention_dim),
    "input_ids": torch.randint(0, 40000, (1, 77)),
}


def output(model=None):
    with torch.no_grad():
        return (model or unet)(expected["sample"], expected["timestep"], expected["context"]).sample


expected["plain"] = output()
unet.add_adapter(LoraConfig(**UNET))
text.add_adapter(LoraConfig(**TEXT))
randomise(unet)
randomise(text)
for network, model in ("unet", unet), ("text_encoder", text):
    for name, module in model.named_modules():
        if hasattr(module, "lora_A"):
            key = f"{network}:{name if network == 'unet' else 'text_model.' + name}:"
            expected[key + "down"] = module.lora_A["default"].weight
            expected[key + "up"] = module.lora_B["default"].weight
            expected[key + "scale"] = torch.tensor(float(module.scaling["default"]))
            if kind == "dora":
                expected[key + "magnitude"] = module.lora_magnitude_vector["default"].weight.flatten()

StableDiffusionPipeline.save_lora_weights(
    out / "diffusers",
    unet_lora_layers=get_peft_model_state_dict(unet),
    text_encoder_lora_layers=get_peft_model_state_dict(text),
    **_collate_lora_metadata({"unet": unet, "text_encoder": text}),
)
expected["out"] = output()
with torch.no_grad():
    expected["text_out"] = text(expected["input_ids"]).last_hidden_state

for network, model, config in zip(("unet", "text_encoder"), networks(), (UNET, TEXT)):
    peft = get_peft_model(model, LoraConfig(**config))
    randomise(peft)
    peft.save_pretrained(out / "peft" / network)

unet.add_adapter(LoraConfig(r=2, lora_alpha=2, target_modules=["to_q", "conv1"]), "other")
randomise(unet, "other")
StableDiffusionPipeline.save_lora_weights(
    out / "other", unet_lora_layers=get_peft_model_state_dict(unet, adapter_name="other")
)
unet.set_adapters(["default"], [0.6])
expected["out_weak"] = output()
unet.set_adapters(["other", "default"], [0.8, 0.6])
expected["out_together"] = output()
unet.set_adapters(["default", "other"], [0.6, 0.8])
expected["out_together_reversed"] = output()
expected["input_ids"] = expected["input_ids"].float()
save_file({k: t.detach().clone().contiguous() for k, t in expected.items()}, out / "expected.safetensors")
