"""Draws pictures with diffusers, to compare with ours: python generate_images.py BASE CASES.json OUT

CASES.json is a list of {name, scheduler, steps, guidance, rescale, clip_skip, prompt, negative,
seeds, adapters: [[path, weight]], scale, token, image, strength}; OUT/NAME-SEED.png is written for each seed."""

import copy
import functools
import json
import os
import sys

import diffusers
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionPipeline
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file

base, cases, out = sys.argv[1:4]
torch.set_num_threads(1)
pipeline = StableDiffusionPipeline.from_pretrained(
    base, safety_checker=None, torch_dtype=torch.float32
)
pipeline.set_progress_bar_config(disable=True)
if not hasattr(pipeline.text_encoder, "text_model"):
    # Since transformers 5 the model is its own text_model, where diffusers' clip_skip looks for it.
    type(pipeline.text_encoder).text_model = property(lambda self: self)
config = pipeline.scheduler.config
text_encoder = copy.deepcopy(pipeline.text_encoder.state_dict())


def with_order_of_known_derivatives(scheduler):
    """LMS takes its order from the index in the whole schedule; begun in the midst of it, as for
    image to image, that is more than it has derivatives, and the weights no longer add up. Its
    own argument limits the order."""
    step, taken = scheduler.step, [0]

    @functools.wraps(step)
    def limited(*args, **kwargs):
        taken[0] += 1
        return step(*args, order=min(4, taken[0]), **kwargs)

    scheduler.step = limited


def load_adapter(path, name, weight):
    """Loads the UNet's part as a user does. The text encoder's part is added to its weights here:
    PEFT does not find the names of these files in transformers 5's text encoder."""
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    unet = {key: value for key, value in tensors.items() if key.startswith("unet.")}
    part = os.path.join(out, f"{name}.safetensors")
    save_file(unet, part, metadata)
    pipeline.load_lora_weights(part, adapter_name=name)
    peft = json.loads(metadata["lora_adapter_metadata"])
    for key in sorted(tensors.keys() - unet.keys()):
        if key.endswith(".lora_A.weight"):
            module = key.removeprefix("text_encoder.text_model.").removesuffix(".lora_A.weight")
            down, up = tensors[key], tensors[key.replace(".lora_A.", ".lora_B.")]
            scale = peft["text_encoder.lora_alpha"] / peft["text_encoder.r"]
            pipeline.text_encoder.get_submodule(module).weight.data += weight * scale * up @ down


with open(cases) as file:
    cases = json.load(file)
for case in cases:
    scheduler = getattr(diffusers, case["scheduler"])
    pipeline.scheduler = scheduler.from_config(config, **case.get("options", {}))
    names, weights = [], []
    for i, (path, weight) in enumerate(case.get("adapters", [])):
        load_adapter(path, f"a{i}", weight * case.get("scale", 1.0))
        names.append(f"a{i}")
        weights.append(weight)
    if names:
        pipeline.set_adapters(names, weights)
    if "token" in case:
        pipeline.load_textual_inversion(case["token"])
    seeds = case["seeds"]
    run = pipeline
    extra = {"height": case["height"], "width": case["width"], "guidance_rescale": case.get("rescale", 0.0)}
    if "image" in case:
        run = StableDiffusionImg2ImgPipeline(**pipeline.components)
        run.set_progress_bar_config(disable=True)
        if case["scheduler"] == "LMSDiscreteScheduler":
            with_order_of_known_derivatives(run.scheduler)
        image = Image.open(case["image"]).convert("RGB")
        extra = {"image": [image] * len(seeds), "strength": case["strength"]}
    if "scale" in case:
        extra["cross_attention_kwargs"] = {"scale": case["scale"]}
    images = run(
        [case["prompt"]] * len(seeds),
        negative_prompt=[case.get("negative", "")] * len(seeds),
        num_inference_steps=case["steps"],
        guidance_scale=case["guidance"],
        clip_skip=case.get("clip_skip"),
        generator=[torch.Generator().manual_seed(seed) for seed in seeds],
        **extra,
    ).images
    for seed, image in zip(seeds, images):
        image.save(os.path.join(out, f"{case['name']}-{seed}.png"))
    if names:
        pipeline.unload_lora_weights()
        pipeline.text_encoder.load_state_dict(text_encoder)
