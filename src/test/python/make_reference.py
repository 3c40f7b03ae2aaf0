"""Makes a folder of reference values for `verify`, of any small architecture.

Usage: make_reference.py OUT UNET.json VAE.json TEXT.json SCHEDULER.json
       make_reference.py OUT --random SEED COUNT
The JSON files hold the arguments of UNet2DConditionModel, of AutoencoderKL or AutoencoderTiny
(by "_class_name"), of CLIPTextConfig and of DDPMScheduler. Weights are random, stored as fp16.
The second form makes COUNT references OUT/0, OUT/1... of random architectures, which use every
field that is computed here.
"""

import copy
import json
import random
import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, DDPMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from diffusers.optimization import get_scheduler
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel


def make(out, unet_args, vae_args, text_args, scheduler_args):
    out.mkdir(parents=True, exist_ok=True)
    vae_args = copy.deepcopy(vae_args)
    torch.manual_seed(0)

    def halved(model, folder):
        """Saves as fp16 and goes on with what was saved."""
        model.half().save_pretrained(out / "model" / folder, safe_serialization=True)
        return model.float().eval()

    unet = UNet2DConditionModel(**unet_args)
    vae_class = {"AutoencoderKL": AutoencoderKL, "AutoencoderTiny": AutoencoderTiny}[vae_args.pop("_class_name")]
    vae = halved(vae_class(**vae_args), "vae")
    text = halved(CLIPTextModel(CLIPTextConfig(**text_args)), "text_encoder")
    unet = halved(unet, "unet")
    scheduler = DDPMScheduler(**scheduler_args)
    scheduler.save_pretrained(out / "model" / "scheduler")
    golden, numbers = {}, {}

    with torch.no_grad():
        vocabulary = text_args.get("vocab_size", 49408)
        ids = torch.randint(0, vocabulary * 4 // 5, (4, 77))
        ids[:, 0] = vocabulary - 2
        for row, end in enumerate([5, 20, 60, 76]):
            ids[row, end:] = vocabulary - 1
        result = text(ids, output_hidden_states=True)
        golden |= {"text.input_ids": ids, "text.last_hidden_state": result.last_hidden_state, "text.pooled": result.pooler_output}
        inner = text.text_model if hasattr(text, "text_model") else text
        golden["text.clip_skip_1"] = inner.final_layer_norm(result.hidden_states[-2])

        pixels = torch.rand(2, 3, 64, 64) * 2 - 1
        encoded = vae.encode(pixels)
        golden["vae.pixels"] = pixels
        if hasattr(encoded, "latent_dist"):
            golden |= {"vae.mean": encoded.latent_dist.mean, "vae.logvar": encoded.latent_dist.logvar}
            latent = encoded.latent_dist.mean
        else:
            golden["vae.mean"] = latent = encoded.latents
        golden |= {"vae.latent": latent, "vae.decoded": vae.decode(latent).sample}

        width = text_args["hidden_size"]
        channels = unet_args.get("in_channels", 4)
        context = result.last_hidden_state
        sample = torch.randn(4, channels, 16, 16)
        timestep = torch.tensor([0, 250, 500, 999])
        golden |= {"unet.sample": sample, "unet.timestep": timestep, "unet.context": context}
        golden["unet.out"] = unet(sample, timestep, context).sample
        golden["unet.sample_rect"] = torch.randn(1, channels, 24, 16)
        golden["unet.out_rect"] = unet(golden["unet.sample_rect"], 77, context[:1]).sample
        if unet_args.get("time_cond_proj_dim"):
            numbers["unet.guidance_scale"] = 8.5
            scale = torch.tensor(8.5 - 1).repeat(4)
            condition = StableDiffusionPipeline.get_guidance_scale_embedding(None, scale, unet_args["time_cond_proj_dim"])
            golden["unet.out_guided"] = unet(sample, timestep, context, timestep_cond=condition).sample

    unet.requires_grad_(False)
    unet.add_adapter(LoraConfig(r=4, lora_alpha=8, init_lora_weights="gaussian", target_modules=["to_q", "to_k", "to_v", "to_out.0"]))
    lora = {n: p for n, p in unet.named_parameters() if "lora_" in n}
    for name, parameter in lora.items():
        if "lora_B" in name:
            parameter.data = torch.randn_like(parameter) * 0.05
    start = {n: p.detach().clone() for n, p in lora.items()}


    def peft(values):
        return {"unet." + n.replace(".default", ""): v.detach().clone() for n, v in values.items()}


    save_file(peft(start), out / "adapter_start.safetensors", {"note": "PEFT keys, r=4, alpha=8", "format": "pt"})
    with torch.no_grad():
        golden["lora.unet_out"] = unet(sample, timestep, context).sample

    latents, noise = torch.randn(4, channels, 16, 16), torch.randn(4, channels, 16, 16)
    timesteps = torch.tensor([10, 333, 620, 990])
    noisy = scheduler.add_noise(latents, noise, timesteps)
    v = scheduler.config.prediction_type == "v_prediction"
    target = scheduler.get_velocity(latents, noise, timesteps) if v else noise
    golden |= {"train.latents": latents, "train.noise": noise, "train.timesteps": timesteps, "train.noisy": noisy, "train.target": target}


    def loss_of(rows, gamma=None):
        prediction = unet(noisy[rows], timesteps[rows], context[rows]).sample
        errors = ((prediction - target[rows]) ** 2).flatten(1).mean(1)
        if gamma:
            a = scheduler.alphas_cumprod[timesteps[rows]]
            snr = (a.sqrt() / (1 - a).sqrt()) ** 2
            errors = errors * snr.clamp(max=gamma) / (snr + 1 if v else snr)
        return errors.mean()


    def norm():
        return torch.nn.utils.clip_grad_norm_(list(lora.values()), float("inf")).item()


    for name, gamma in (("mse", None), ("snr5", 5.0)):
        unet.zero_grad()
        loss = loss_of(slice(0, 4), gamma)
        loss.backward()
        numbers |= {"loss." + name: loss.item(), "grad_norm." + name: norm()}
        golden |= {f"grad.{name}.{k}": g for k, g in peft({n: p.grad for n, p in lora.items()}).items()}

    def train(rows, accumulation, clip, schedule):
        """Ten steps, with the rows of a batch in an order."""
        for n, p in lora.items():
            p.data = start[n].clone()
        optimizer = torch.optim.AdamW(lora.values(), lr=1e-3, weight_decay=0.01)
        rates = get_scheduler(schedule, optimizer, num_warmup_steps=0, num_training_steps=10)
        trace = []
        for _ in range(10):
            optimizer.zero_grad()
            total = 0.0
            for i in range(accumulation):
                loss = loss_of(rows if accumulation == 1 else rows[i : i + 1]) / accumulation
                loss.backward()
                total += loss.item()
            length = torch.nn.utils.clip_grad_norm_(list(lora.values()), clip).item()
            trace.append([total, length, rates.get_last_lr()[0]])
            optimizer.step()
            rates.step()
        return trace, peft(lora)

    def distance(a, b):
        return ((a - b).abs().max() / b.abs().max()).item()

    for name, *settings in (("adamw10", 1, 1e9, "constant"), ("accum_clip_cosine", 4, 0.01, "cosine")):
        trace, trained = train([0, 1, 2, 3], *settings)
        again, others = train([3, 2, 1, 0], *settings)
        golden |= {f"run.{name}.{k}": p for k, p in trained.items()}
        columns, reordered = torch.tensor(trace), torch.tensor(again)
        numbers["run." + name] = {
            "steps": 10, "lr": 1e-3, "accumulation": settings[0], "max_grad_norm": settings[1],
            "schedule": settings[2], "weight_decay": 0.01, "trace": trace,
            # How far the reference is from itself where only the order of sums is another one.
            "reordered": {
                "loss": distance(reordered[:, 0], columns[:, 0]),
                "grad_norm": distance(reordered[:, 1], columns[:, 1]),
                "values": distance(*(torch.cat([p.flatten() for p in v.values()]) for v in (others, trained))),
            },
        }

    save_file({k: t.detach().clone().contiguous() for k, t in golden.items()}, out / "golden.safetensors")
    json.dump(numbers, open(out / "golden.json", "w"), indent=1)

ACTIVATIONS = ["silu", "swish", "mish", "gelu", "relu"]


def random_unet(r, width):
    blocks = r.randint(1, 3)
    groups = r.choice([2, 4, 8])
    layers = [r.randint(1, 2) for _ in range(blocks)]
    attends = [r.random() < 0.6 for _ in range(blocks)]
    attends[r.randrange(blocks)] = True
    up_attends = [r.random() < 0.6 for _ in range(blocks)]
    args = {
        "block_out_channels": sorted(8 * r.randint(1, 6) for _ in range(blocks)),
        "norm_num_groups": groups,
        "layers_per_block": r.choice([layers, layers[0]]) if len(set(layers)) == 1 else layers,
        "down_block_types": ["CrossAttnDownBlock2D" if a else "DownBlock2D" for a in attends],
        "up_block_types": ["CrossAttnUpBlock2D" if a else "UpBlock2D" for a in up_attends],
        "cross_attention_dim": r.choice([width, [width] * blocks]),
        "attention_head_dim": r.choice([2, [r.choice([1, 2, 3, 4]) for _ in range(blocks)]]),
        "act_fn": r.choice(ACTIVATIONS),
    }
    choices = {
        "mid_block_type": ["UNetMidBlock2DCrossAttn", "UNetMidBlock2D", None],
        "only_cross_attention": [True, [r.random() < 0.5 for _ in range(blocks)]],
        "transformer_layers_per_block": [2, [r.randint(1, 2) for _ in range(blocks)]],
        "use_linear_projection": [True, None],
        "upcast_attention": [True, None],
        "resnet_time_scale_shift": ["scale_shift", "default"],
        "time_embedding_dim": [r.randint(3, 40), None],
        "time_embedding_act_fn": ACTIVATIONS,
        "timestep_post_act": ACTIVATIONS,
        "time_cond_proj_dim": [8, 9, 64],
        "conv_in_kernel": [1, 3, 5],
        "conv_out_kernel": [1, 3, 5],
        "flip_sin_to_cos": [False, None],
        "freq_shift": [1, 0.5],
        "center_input_sample": [True, None],
        "mid_block_scale_factor": [2, 0.7],
        "downsample_padding": [0, 1],
        "norm_eps": [1e-6, 1e-2],
        "sample_size": [None, [16, 16]],
    }
    return args | {name: r.choice(values) for name, values in choices.items() if r.random() < 0.4}


def random_vae(r):
    blocks = r.randint(1, 3)
    if r.random() < 0.4:
        return {
            "_class_name": "AutoencoderTiny", "act_fn": r.choice(ACTIVATIONS),
            "encoder_block_out_channels": [8] * blocks, "decoder_block_out_channels": [16] * blocks,
            "num_encoder_blocks": [r.randint(1, 2) for _ in range(blocks)],
            "num_decoder_blocks": [r.randint(1, 2) for _ in range(blocks)],
        }
    args = {
        "_class_name": "AutoencoderKL", "act_fn": r.choice(ACTIVATIONS),
        "block_out_channels": [8 * r.randint(1, 4) for _ in range(blocks)],
        "down_block_types": ["DownEncoderBlock2D"] * blocks, "up_block_types": ["UpDecoderBlock2D"] * blocks,
        "layers_per_block": r.randint(1, 2), "norm_num_groups": r.choice([2, 4, 8]),
        "latent_channels": r.choice([4, 5]),
    }
    choices = ["use_quant_conv", "use_post_quant_conv", "mid_block_add_attention"]
    return args | {name: r.choice([False, None]) for name in choices if r.random() < 0.4}


def random_text(r):
    heads = r.choice([1, 2, 4])
    vocabulary = 500
    return {
        "vocab_size": vocabulary, "hidden_size": heads * r.choice([4, 6]), "num_attention_heads": heads,
        "intermediate_size": r.choice([16, 40]), "num_hidden_layers": r.randint(1, 3),
        "hidden_act": r.choice(["quick_gelu", "gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "silu", "mish"]),
        "layer_norm_eps": r.choice([1e-5, 1e-3]), "eos_token_id": r.choice([2, vocabulary - 1]),
    }


def random_references(out, seed, count):
    for i in range(count):
        r = random.Random(f"{seed} {i}")
        text = random_text(r)
        make(out / str(i), random_unet(r, text["hidden_size"]), random_vae(r), text, {})


torch.set_num_threads(2)
if sys.argv[2] == "--random":
    torch.set_num_threads(1)  # what is so small takes longer with more
    random_references(Path(sys.argv[1]), *map(int, sys.argv[3:]))
else:
    make(Path(sys.argv[1]), *(json.load(open(c)) for c in sys.argv[2:]))
