"""Opens what textual inversion and pivotal tuning write as their users do, and encodes prompts.

Usage: learned_tokens.py BASE FOLDER OUT.safetensors PROMPT...
diffusers' load_textual_inversion reads every learned_embeds file of FOLDER, of both kinds, and
load_lora_weights the low-rank updates where there are any. OUT holds the hidden states of all
prompts, `prompts`, and the rows of the token embedding that were added, `rows`. The base model's own
rows must not have changed.
"""

import sys
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextModel, CLIPTokenizer

base, folder, out, *prompts = sys.argv[1:]
folder = Path(folder)


def opened(kind):
    text = CLIPTextModel.from_pretrained(base, subfolder="text_encoder", torch_dtype=torch.float32)
    known = text.get_input_embeddings().weight.detach().clone()
    pipeline = StableDiffusionPipeline(
        vae=None,
        text_encoder=text,
        tokenizer=CLIPTokenizer.from_pretrained(base, subfolder="tokenizer"),
        unet=UNet2DConditionModel.from_pretrained(base, subfolder="unet", torch_dtype=torch.float32),
        scheduler=None,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    files = sorted(folder.glob("learned_embeds*" + kind), key=lambda file: (len(file.name), file.name))
    for file in files:
        pipeline.load_textual_inversion(str(folder), weight_name=file.name)
    if (folder / "pytorch_lora_weights.safetensors").exists():
        pipeline.load_lora_weights(str(folder))
    table = pipeline.text_encoder.get_input_embeddings().weight.detach()
    assert files and torch.equal(table[: len(known)], known), "the base model's rows"
    with torch.no_grad():
        texts = [pipeline.maybe_convert_prompt(prompt, pipeline.tokenizer) for prompt in prompts]
        ids = pipeline.tokenizer(texts, padding="max_length", truncation=True, return_tensors="pt").input_ids
        return pipeline.text_encoder(ids)[0], table[len(known) :].contiguous()


states, rows = opened(".safetensors")
for other, one in zip(opened(".bin"), (states, rows)):
    assert torch.equal(other, one), "learned_embeds.bin"
save_file({"prompts": states.contiguous(), "rows": rows}, out)
