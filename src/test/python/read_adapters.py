"""Reads adapter files as their tools do and compares them with what they should hold.

Usage: read_adapters.py LAYOUT TOKENIZER EXPECTED.safetensors FORMAT=PATH...
LAYOUT is a diffusers folder of configurations, of SDXL where it has a text_encoder_2. EXPECTED holds, for each module, NETWORK:NAME:down and
NETWORK:NAME:up (with the scale multiplied into it), of DoRA NETWORK:NAME:magnitude, and token:NAME for
each learned token.
diffusers and PEFT read what they can; cloneofsimo/lora's files are read by its published rule: walk
through the modules in order and take the next pair from the list.
"""

import json
import sys
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline, UNet2DConditionModel
from diffusers.models.attention import BasicTransformerBlock
from peft import PeftModel
from safetensors import safe_open
from safetensors.torch import load_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

layout, tokenizer_folder, expected_file, *files = sys.argv[1:]
expected = load_file(expected_file)
tokenizer = CLIPTokenizer.from_pretrained(tokenizer_folder)
text_config = CLIPTextConfig.from_pretrained(layout + "/text_encoder")
xl = Path(layout, "text_encoder_2").exists()


def networks():
    """The networks with weights that nothing touches, so they take no memory."""
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(layout + "/unet"))
        text_encoder = CLIPTextModel(text_config)
    return unet.to_empty(device="cpu"), text_encoder.to_empty(device="cpu")


def second_encoder():
    with torch.device("meta"):
        config = CLIPTextConfig.from_pretrained(layout + "/text_encoder_2")
        return CLIPTextModelWithProjection(config).to_empty(device="cpu")


def xl_pipeline(unet, text_encoder, text_encoder_2):
    return StableDiffusionXLPipeline(
        vae=None,
        text_encoder=text_encoder,
        text_encoder_2=text_encoder_2,
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=unet,
        scheduler=None,
        add_watermarker=False,
    )


def pipeline(unet, text_encoder):
    return StableDiffusionPipeline(
        vae=None,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=None,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def text_name(name):
    return name if name.startswith("text_model.") else "text_model." + name


def adapted(network, model):
    found = {}
    for name, module in model.named_modules():
        if hasattr(module, "lora_A") and len(module.lora_A):
            adapter = next(iter(module.lora_A))
            name = name.removeprefix("base_model.model.")
            key = network + ":" + (name if network == "unet" else text_name(name))
            found[key + ":down"] = module.lora_A[adapter].weight.detach()
            found[key + ":up"] = module.lora_B[adapter].weight.detach() * module.scaling[adapter]
            if adapter in module.lora_magnitude_vector:
                found[key + ":magnitude"] = module.lora_magnitude_vector[adapter].weight.detach().flatten()
    return found


def by_diffusers(path):
    unet, text_encoder = networks()
    parts = {"unet": unet, "text_encoder": text_encoder}
    if xl:
        parts["text_encoder_2"] = second_encoder()
        pipe = xl_pipeline(*parts.values())
    else:
        pipe = pipeline(unet, text_encoder)
    pipe.load_lora_weights(str(path.parent), weight_name=path.name)
    return {key: value for name, model in parts.items() for key, value in adapted(name, model).items()}


def by_peft(path):
    unet, text_encoder = networks()
    parts = {"unet": unet, "text_encoder": text_encoder}
    if xl:
        parts["text_encoder_2"] = second_encoder()
    if not (path / "unet").exists():
        only = "unet" if any(key.startswith("unet:") for key in expected) else "text_encoder"
        parts = {only: parts[only]}
    found = {}
    for name, model in parts.items():
        folder = path if len(parts) == 1 else path / name
        found.update(adapted(name, PeftModel.from_pretrained(model, folder)))
    return found


def targets(model, classes):
    """What the tool adapts, in its order. Its diffusers had the feed-forward before attn2."""
    for module in model.modules():
        if isinstance(module, BasicTransformerBlock):
            module._modules["attn2"] = module._modules.pop("attn2")
    names = {module: name for name, module in model.named_modules()}
    for ancestor in model.modules():
        if ancestor.__class__.__name__ in classes:
            for module in ancestor.modules():
                if isinstance(module, torch.nn.Linear):
                    yield names[module]


def by_cloneofsimo(path):
    unet, text_encoder = networks()
    found = {}
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        for key in file.keys():
            if metadata.get(key) == "<embed>":
                found["token:" + key] = file.get_tensor(key)
        for name, model in (("unet", unet), ("text_encoder", text_encoder)):
            if name not in metadata:
                continue
            pairs = sum(key.startswith(name + ":") for key in file.keys()) // 2
            modules = list(targets(model, json.loads(metadata[name])))
            assert len(modules) == pairs, (len(modules), pairs)
            for i, module in enumerate(modules):
                up = file.get_tensor(f"{name}:{i}:up")
                down = file.get_tensor(f"{name}:{i}:down")
                assert int(metadata[f"{name}:{i}:rank"]) == len(down)
                key = name + ":" + (text_name(module) if name == "text_encoder" else module)
                found[key + ":up"], found[key + ":down"] = up, down
    return found


def by_cloneofsimo_pt(path):
    unet, _ = networks()
    weights = torch.load(path, weights_only=True)
    classes = {"CrossAttention", "Attention"}
    modules = list(targets(unet, classes))
    if len(weights) != 2 * len(modules):
        modules = list(targets(unet, classes | {"GEGLU"}))
    assert len(weights) == 2 * len(modules)
    found = {}
    for module in modules:
        found[f"unet:{module}:up"] = weights.pop(0)
        found[f"unet:{module}:down"] = weights.pop(0)
    return found


def by_textual_inversion(path):
    text_config.num_hidden_layers = 1
    text_encoder = CLIPTextModel(text_config)
    words = CLIPTokenizer.from_pretrained(tokenizer_folder)
    pipe = pipeline(None, text_encoder)
    pipe.load_textual_inversion(
        str(path.parent), weight_name=path.name, tokenizer=words, text_encoder=text_encoder
    )
    table = text_encoder.get_input_embeddings().weight.detach()
    found = {}
    for key in expected:
        name = key.removeprefix("token:")
        assert name in words.get_added_vocab(), name
        found[key] = table[words.convert_tokens_to_ids(name)]
    return found


READERS = {
    "peft": by_peft,
    "cloneofsimo": by_cloneofsimo,
    "cloneofsimo-pt": by_cloneofsimo_pt,
    "textual-inversion": by_textual_inversion,
    "textual-inversion-bin": by_textual_inversion,
}

for file in files:
    kind, path = file.split("=", 1)
    with torch.no_grad():
        found = READERS.get(kind, by_diffusers)(Path(path))
    missing = sorted(set(expected) - set(found))
    extra = sorted(set(found) - set(expected))
    assert not missing and not extra, (kind, len(missing), missing[:3], len(extra), extra[:3])
    difference = max((found[key] - expected[key]).abs().max().item() for key in expected)
    print(f"{kind} {len(expected)} tensors, difference {difference}")
    assert difference == 0, kind
