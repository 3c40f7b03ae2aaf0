"""Merges adapters into a base model with diffusers, and compares a merged model with its result.

python fuse_lora.py fuse BASE OUT ADAPTER WEIGHT [ADAPTER WEIGHT ...]
    writes OUT/base, the base model in fp32, and OUT/fused, that with the adapters in its weights.
python fuse_lora.py compare OURS FUSED [TOKEN ...]
    opens both with diffusers and prints, for each network, the largest deviation of a tensor over
    its largest value; and of each token, its id and the sum of its row of the text embedding.
"""

import os
import sys

import torch
from diffusers import StableDiffusionPipeline

torch.set_num_threads(1)


def pipeline(folder):
    return StableDiffusionPipeline.from_pretrained(
        folder, safety_checker=None, torch_dtype=torch.float32
    )


def fuse(base, out, *adapters):
    pipe = pipeline(base)
    pipe.save_pretrained(os.path.join(out, "base"))
    names = []
    for i in range(0, len(adapters), 2):
        names.append(f"a{i}")
        pipe.load_lora_weights(adapters[i], adapter_name=names[-1])
    pipe.set_adapters(names, [float(weight) for weight in adapters[1::2]])
    pipe.fuse_lora(components=["unet", "text_encoder"], adapter_names=names)
    pipe.unload_lora_weights()
    pipe.save_pretrained(os.path.join(out, "fused"))


def compare(ours, fused, *tokens):
    ours, fused = pipeline(ours), pipeline(fused)
    for network in "unet", "text_encoder":
        expected = getattr(fused, network).state_dict()
        actual = getattr(ours, network).state_dict()
        assert actual.keys() == expected.keys()
        worst = 0
        for name, tensor in expected.items():
            difference = (actual[name][: len(tensor)] - tensor).abs().max()
            worst = max(worst, (difference / tensor.abs().max()).item())
        print(network, worst)
    for token in tokens:
        ids = ours.tokenizer(f"a {token}").input_ids[2:-1]
        rows = ours.text_encoder.get_input_embeddings().weight[ids]
        print(token, ids, rows.sum().item())
        prompt = ours.maybe_convert_prompt(f"a {token}", ours.tokenizer)
        print("prompt", prompt, len(ours.tokenizer(prompt).input_ids))


{"fuse": fuse, "compare": compare}[sys.argv[1]](*sys.argv[2:])
