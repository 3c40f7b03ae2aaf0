"""Draws pictures with diffusers, to compare with ours: python generate_images.py BASE CASES.json OUT

CASES.json is a list of {name, scheduler, steps, guidance, rescale, clip_skip, prompt, negative,
seeds, adapters: [[path, weight]], image, strength}; OUT/NAME-SEED.png is written for each seed."""

import json
import os
import sys

import diffusers
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionPipeline
from PIL import Image

base, cases, out = sys.argv[1:4]
torch.set_num_threads(1)
pipeline = StableDiffusionPipeline.from_pretrained(
    base, safety_checker=None, torch_dtype=torch.float32
)
pipeline.set_progress_bar_config(disable=True)
if not hasattr(pipeline.text_encoder, "text_model"):
    # Since transformers 5 the model is its own text_model, where diffusers' clip_skip looks for it.
    type(pipeline.text_encoder).text_model = property(lambda self: self)
with open(cases) as file:
    cases = json.load(file)
for case in cases:
    scheduler = getattr(diffusers, case["scheduler"])
    pipeline.scheduler = scheduler.from_config(pipeline.scheduler.config, **case.get("options", {}))
    names, weights = [], []
    for i, (path, weight) in enumerate(case.get("adapters", [])):
        pipeline.load_lora_weights(path, adapter_name=f"a{i}")
        names.append(f"a{i}")
        weights.append(weight)
    if names:
        pipeline.set_adapters(names, weights)
    seeds = case["seeds"]
    run = pipeline
    extra = {"height": case["height"], "width": case["width"], "guidance_rescale": case.get("rescale", 0.0)}
    if "image" in case:
        run = StableDiffusionImg2ImgPipeline(**pipeline.components)
        run.set_progress_bar_config(disable=True)
        image = Image.open(case["image"]).convert("RGB")
        extra = {"image": [image] * len(seeds), "strength": case["strength"]}
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
