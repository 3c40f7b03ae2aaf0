"""Makes folders of reference values for `verify`, of small SDXL architectures.

Usage: make_xl_reference.py OUT TOKENIZERS [NAME ...]
TOKENIZERS is a folder that holds `tokenizer` and `tokenizer_2`. Without names, all of MODELS are
made, in OUT/NAME. Weights are random, stored as fp16.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
import diffusers
from diffusers import AutoencoderKL, DDPMScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
from diffusers.optimization import get_scheduler
from peft import LoraConfig
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]
TEXT_ATTENTION = ["q_proj", "k_proj", "v_proj", "out_proj"]
EULER = {
    "_class_name": "EulerDiscreteScheduler", "beta_start": 0.00085, "beta_end": 0.012,
    "beta_schedule": "scaled_linear", "steps_offset": 1, "timestep_spacing": "leading",
}


def unet(**others):
    usual = {
        "addition_embed_type": "text_time", "addition_time_embed_dim": 8, "sample_size": 16,
        "norm_num_groups": 16, "use_linear_projection": True,
        "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
        "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"],
        "block_out_channels": [32, 64], "attention_head_dim": [2, 4],
        "transformer_layers_per_block": [1, 2],
    }
    return usual | others


def vae(**others):
    blocks = len(others.get("block_out_channels", [16] * 4))
    usual = {
        "block_out_channels": [16, 16, 32, 32], "norm_num_groups": 8, "sample_size": 128,
        "down_block_types": ["DownEncoderBlock2D"] * blocks,
        "up_block_types": ["UpDecoderBlock2D"] * blocks, "scaling_factor": 0.13025,
    }
    return usual | others


def text(width, heads, layers, **others):
    usual = {
        "vocab_size": 49408, "hidden_size": width, "num_attention_heads": heads,
        "num_hidden_layers": layers, "intermediate_size": 4 * width, "projection_dim": width,
        "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1,
    }
    return usual | others


MODELS = {
    # Three blocks of other depths, also on the way up; weights in shards.
    "deep": {
        "unet": unet(
            block_out_channels=[16, 32, 48], attention_head_dim=[1, 2, 3], norm_num_groups=8,
            down_block_types=["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
            up_block_types=["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
            transformer_layers_per_block=[1, [1, 2], [2, 1]],
            reverse_transformer_layers_per_block=[[1, 2, 1], [2, 1, 1], 1],
            addition_time_embed_dim=12, act_fn="gelu",
        ),
        "vae": vae(),
        "text": text(24, 3, 3, hidden_act="gelu"),
        "text_2": text(40, 4, 2, hidden_act="gelu", projection_dim=56),
        "tokenizer": {"model_max_length": None},
        "shards": "60KB",
    },
    # Convolutions around transformers, no middle block, layers of each block, a variant alone.
    "plain": {
        "unet": unet(
            use_linear_projection=False, mid_block_type=None, resnet_time_scale_shift="scale_shift",
            layers_per_block=[1, 2], norm_num_groups=4, upcast_attention=None, attention_head_dim=4,
        ),
        "vae": vae(force_upcast=False, scaling_factor=0.2, layers_per_block=2),
        "text": text(16, 2, 2, hidden_act="quick_gelu", layer_norm_eps=1e-3),
        "text_2": text(32, 4, 3, hidden_act="quick_gelu", projection_dim=24),
        "tokenizer": {},
        "index": {"force_zeros_for_empty_prompt": False},
        "variant": "fp16",
    },
    # Other embeddings of time and sizes, an autoencoder without its last convolutions, velocity.
    "velocity": {
        "unet": unet(
            flip_sin_to_cos=False, freq_shift=1, time_embedding_act_fn="gelu", act_fn="mish",
            timestep_post_act="silu", time_embedding_dim=40, addition_time_embed_dim=6,
            time_cond_proj_dim=16, conv_in_kernel=1, only_cross_attention=[False, True],
        ),
        "vae": vae(use_quant_conv=False, use_post_quant_conv=False, mid_block_add_attention=False),
        "text": text(24, 3, 3, hidden_act="gelu_new", eos_token_id=49407),
        "text_2": text(40, 4, 4, hidden_act="silu", projection_dim=40, eos_token_id=49407),
        "tokenizer": {"add_prefix_space": None, "do_lower_case": None, "errors": None},
        "scheduler": {
            "_class_name": "EulerDiscreteScheduler", "beta_start": 0.00085, "beta_end": 0.012,
            "beta_schedule": "scaled_linear", "prediction_type": "v_prediction",
            "timestep_spacing": "trailing", "rescale_betas_zero_snr": True,
        },
    },
    # One block, and texts of one layer: the layer before it is the embedding.
    "one": {
        "unet": unet(
            block_out_channels=[32], down_block_types=["CrossAttnDownBlock2D"],
            up_block_types=["CrossAttnUpBlock2D"], attention_head_dim=[8], upcast_attention=True,
            transformer_layers_per_block=3, cross_attention_dim=[40], layers_per_block=1,
            addition_time_embed_dim=256,
        ),
        "vae": vae(block_out_channels=[8, 8, 16, 24], latent_channels=4),
        "text": text(16, 4, 1),
        "text_2": text(24, 2, 1, hidden_act="gelu", projection_dim=8),
        "tokenizer": {},
        "scheduler": {
            "_class_name": "DDIMScheduler", "beta_start": 0.00085, "beta_end": 0.012,
            "beta_schedule": "scaled_linear", "clip_sample": False, "set_alpha_to_one": False,
            "steps_offset": 1,
        },
    },
    # A middle block without attention, transformers in all blocks, one of them on the way down only.
    "odd": {
        "unet": unet(
            block_out_channels=[48, 32], norm_num_groups=8, attention_head_dim=[3, 2],
            down_block_types=["CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
            up_block_types=["UpBlock2D", "CrossAttnUpBlock2D"], mid_block_type="UNetMidBlock2D",
            transformer_layers_per_block=[2, 1], layers_per_block=1, downsample_padding=0,
            norm_eps=1e-6, conv_out_kernel=5, center_input_sample=True,
        ),
        "vae": vae(scaling_factor=1.5, act_fn="swish", layers_per_block=1, force_upcast=None),
        "text": text(40, 5, 4, hidden_act="quick_gelu", intermediate_size=56),
        "text_2": text(24, 3, 3, hidden_act="gelu", projection_dim=80),
        "tokenizer": {"model_max_length": 77, "additional_special_tokens": None},
        "scheduler": EULER | {"trained_betas": None, "sigma_min": None},
    },
}

def peft_name(model, component, name):
    """The name of a parameter in PEFT's keys; transformers 5.6 and later flatten CLIPTextModel."""
    flat = component == "text_encoder" and not hasattr(model, "text_model")
    return f"{component}." + ("text_model." if flat else "") + name.replace(".default", "")


class Maker:
    def __init__(self, out, tokenizers, spec):
        torch.manual_seed(0)
        self.out, self.spec, self.golden, self.numbers = out, spec, {}, {}
        self.save = {"safe_serialization": True, "variant": spec.get("variant")}
        if "shards" in spec:
            self.save["max_shard_size"] = spec["shards"]
        (out / "model").mkdir(parents=True, exist_ok=True)
        for name in ("tokenizer", "tokenizer_2"):
            shutil.copytree(tokenizers / name, out / "model" / name, dirs_exist_ok=True)
        width = spec["text"]["hidden_size"] + spec["text_2"]["hidden_size"]
        sizes = 6 * spec["unet"]["addition_time_embed_dim"]
        made = {
            "cross_attention_dim": width,
            "projection_class_embeddings_input_dim": sizes + spec["text_2"]["projection_dim"],
        } | spec["unet"]
        self.unet = self.halved(UNet2DConditionModel(**made), "unet")
        self.vae = self.halved(AutoencoderKL(**spec["vae"]), "vae")
        self.text = self.halved(CLIPTextModel(CLIPTextConfig(**spec["text"])), "text_encoder")
        self.text_2 = self.halved(CLIPTextModelWithProjection(CLIPTextConfig(**spec["text_2"])), "text_encoder_2")
        args = dict(spec.get("scheduler", EULER))
        kind = getattr(diffusers, args.pop("_class_name"))
        self.scheduler = kind(**args)
        self.scheduler.save_pretrained(out / "model" / "scheduler")
        self.noise = DDPMScheduler.from_config(self.scheduler.config)

    def halved(self, model, folder):
        """Saves as fp16 and goes on with what was saved."""
        save = {k: v for k, v in self.save.items() if v is not None}
        model.half().save_pretrained(self.out / "model" / folder, **save)
        return model.float().eval()

    def pipelines(self):
        tokenizers = [CLIPTokenizer.from_pretrained(self.out / "model" / name) for name in ("tokenizer", "tokenizer_2")]
        index = self.spec.get("index", {})
        pipe = StableDiffusionXLPipeline(
            vae=self.vae, text_encoder=self.text, text_encoder_2=self.text_2, tokenizer=tokenizers[0],
            tokenizer_2=tokenizers[1], unet=self.unet, scheduler=self.scheduler, add_watermarker=False,
            force_zeros_for_empty_prompt=index.get("force_zeros_for_empty_prompt", True),
        )
        pipe.save_config(self.out / "model")
        file = self.out / "model" / "model_index.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | index, indent=1))
        pipe.set_progress_bar_config(disable=True)
        square = {"height": 128, "width": 128, "num_inference_steps": 6}
        cases = {
            "plain": square | {"prompt": "Totoro", "guidance_scale": 5.0},
            "negative": square | {"prompt": "Totoro", "negative_prompt": "blurry, low quality", "guidance_scale": 5.0},
            "sized": {
                "height": 96, "width": 160, "num_inference_steps": 6, "prompt": "a red apple", "guidance_scale": 5.0,
                "original_size": [512, 768], "crops_coords_top_left": [16, 8], "target_size": [1024, 1024],
            },
            "unguided": square | {"prompt": "a red apple", "guidance_scale": 1.0},
        }
        channels = self.unet.config.in_channels
        for name, arguments in cases.items():
            latents = torch.randn(1, channels, arguments["height"] // 8, arguments["width"] // 8)
            given = {k: tuple(v) if isinstance(v, list) else v for k, v in arguments.items()}
            with torch.no_grad():
                result = pipe(**given, latents=latents.clone(), output_type="latent").images
                image = pipe(**given, latents=latents.clone(), output_type="np").images
            key = f"pipeline.{name}"
            self.golden |= {key + ".latents": latents, key + ".result": result, key + ".image": torch.from_numpy(image)}
            self.numbers[key] = arguments

    def encode(self):
        first = self.text(self.ids, output_hidden_states=True)
        second = self.text_2(self.ids_2, output_hidden_states=True)
        return first.hidden_states[-2], second.hidden_states[-2], second.text_embeds

    def networks(self):
        end = 49407
        self.ids = torch.randint(0, 40000, (4, 77))
        self.ids[:, 0] = 49406
        self.ids_2 = self.ids.clone()
        for row, at in enumerate([5, 20, 60, 76]):
            self.ids[row, at:] = end
            self.ids_2[row, at] = end
            self.ids_2[row, at + 1 :] = 0
        golden = self.golden
        with torch.no_grad():
            one, two, pooled = self.encode()
            golden |= {
                "text.input_ids": self.ids, "text_2.input_ids": self.ids_2, "text.penultimate": one,
                "text_2.penultimate": two, "text_2.pooled": pooled,
            }
            pixels = torch.rand(2, 3, 64, 64) * 2 - 1
            encoded = self.vae.encode(pixels).latent_dist
            golden |= {
                "vae.pixels": pixels, "vae.mean": encoded.mean, "vae.logvar": encoded.logvar,
                "vae.latent": encoded.mean, "vae.decoded": self.vae.decode(encoded.mean).sample,
            }
            channels = self.unet.config.in_channels
            self.context, self.pooled = torch.cat([one, two], -1), pooled
            self.time_ids = torch.tensor([
                [1001.0, 768, 0, 0, 1024, 1024], [512, 512, 3, 7, 512, 512],
                [2047, 1333, 100, 0, 1152, 896], [64, 64, 0, 0, 128, 128],
            ])
            self.sample, self.timestep = torch.randn(4, channels, 16, 16), torch.tensor([0, 250, 500, 999])
            golden |= {
                "unet.sample": self.sample, "unet.timestep": self.timestep, "unet.context": self.context,
                "unet.time_ids": self.time_ids,
            }
            golden["unet.out"] = self.predict(self.sample, self.timestep)
            rect = golden["unet.sample_rect"] = torch.randn(1, channels, 24, 16)
            golden["unet.out_rect"] = self.predict(rect, torch.tensor([77]), rows=[0])
            width = self.unet.config.time_cond_proj_dim
            if width:
                self.numbers["unet.guidance_scale"] = 8.5
                scale = torch.tensor(8.5 - 1).repeat(4)
                condition = StableDiffusionXLPipeline.get_guidance_scale_embedding(None, scale, width)
                golden["unet.out_guided"] = self.predict(self.sample, self.timestep, timestep_cond=condition)

    def predict(self, sample, timestep, rows=(0, 1, 2, 3), context=None, pooled=None, **others):
        rows = list(rows)
        context, pooled = (self.context, self.pooled) if context is None else (context, pooled)
        added = {"text_embeds": pooled[rows], "time_ids": self.time_ids[rows]}
        return self.unet(sample, timestep, context[rows], added_cond_kwargs=added, **others).sample

    def adapt(self, networks):
        """Puts LoRA on networks and returns its parameters by PEFT's keys."""
        lora = {}
        for component, model, targets in networks:
            model.requires_grad_(False)
            if not getattr(model, "_hf_peft_config_loaded", False):
                model.add_adapter(LoraConfig(r=4, lora_alpha=8, init_lora_weights="gaussian", target_modules=targets))
                for name, parameter in model.named_parameters():
                    if "lora_B" in name:
                        parameter.data = torch.randn_like(parameter) * 0.05
            for name, parameter in model.named_parameters():
                if "lora_" in name:
                    parameter.requires_grad_(True)
                    lora[peft_name(model, component, name)] = parameter
        return lora

    def training(self):
        lora = self.adapt([("unet", self.unet, ATTENTION)])
        start = {n: p.detach().clone() for n, p in lora.items()}
        note = {"note": "PEFT keys, r=4, alpha=8", "format": "pt"}
        save_file(start, self.out / "adapter_start.safetensors", note)
        with torch.no_grad():
            self.golden["lora.unet_out"] = self.predict(self.sample, self.timestep)
        shape = self.sample.shape
        latents, noise = torch.randn(shape), torch.randn(shape)
        timesteps = torch.tensor([10, 333, 620, 990])
        noisy = self.noise.add_noise(latents, noise, timesteps)
        v = self.noise.config.prediction_type == "v_prediction"
        target = self.noise.get_velocity(latents, noise, timesteps) if v else noise
        self.golden |= {
            "train.latents": latents, "train.noise": noise, "train.timesteps": timesteps,
            "train.noisy": noisy, "train.target": target,
        }

        def loss_of(rows, gamma=None, text=False):
            encoded = self.encode() if text else None
            context, pooled = (torch.cat(encoded[:2], -1), encoded[2]) if text else (None, None)
            prediction = self.predict(noisy[rows], timesteps[rows], rows, context, pooled)
            errors = ((prediction - target[rows]) ** 2).flatten(1).mean(1)
            if gamma:
                a = self.noise.alphas_cumprod[timesteps[rows]]
                snr = (a.sqrt() / (1 - a).sqrt()) ** 2
                errors = errors * snr.clamp(max=gamma) / (snr + 1 if v else snr)
            return errors.mean()

        def gradient(name, parameters, **how):
            for p in parameters.values():
                p.grad = None
            loss = loss_of([0, 1, 2, 3], **how)
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_([p for p in parameters.values() if p.grad is not None], float("inf"))
            self.numbers |= {"loss." + name: loss.item(), "grad_norm." + name: norm.item()}
            self.golden |= {f"grad.{name}.{k}": p.grad.clone() for k, p in parameters.items() if p.grad is not None}

        def train(parameters, first, rows, accumulation, clip, schedule, text):
            for n, p in parameters.items():
                p.data = first[n].clone()
            optimizer = torch.optim.AdamW(parameters.values(), lr=1e-3, weight_decay=0.01)
            rates = get_scheduler(schedule, optimizer, num_warmup_steps=0, num_training_steps=10)
            trace = []
            for _ in range(10):
                optimizer.zero_grad()
                total = 0.0
                for i in range(accumulation):
                    loss = loss_of(rows if accumulation == 1 else rows[i : i + 1], text=text) / accumulation
                    loss.backward()
                    total += loss.item()
                length = torch.nn.utils.clip_grad_norm_(list(parameters.values()), clip).item()
                trace.append([total, length, rates.get_last_lr()[0]])
                optimizer.step()
                rates.step()
            return trace, {n: p.detach().clone() for n, p in parameters.items()}

        def distance(a, b):
            return ((a - b).abs().max() / b.abs().max()).item()

        def run(name, parameters, first, accumulation, clip, schedule, text=False):
            trace, trained = train(parameters, first, [0, 1, 2, 3], accumulation, clip, schedule, text)
            again, others = train(parameters, first, [3, 2, 1, 0], accumulation, clip, schedule, text)
            self.golden |= {f"run.{name}.{k}": p for k, p in trained.items()}
            columns, reordered = torch.tensor(trace), torch.tensor(again)
            self.numbers["run." + name] = {
                "steps": 10, "lr": 1e-3, "accumulation": accumulation, "max_grad_norm": clip,
                "schedule": schedule, "weight_decay": 0.01, "trace": trace,
                # How far the reference is from itself where only the order of sums is another one.
                "reordered": {
                    "loss": distance(reordered[:, 0], columns[:, 0]),
                    "grad_norm": distance(reordered[:, 1], columns[:, 1]),
                    "values": distance(*(torch.cat([p.flatten() for p in v.values()]) for v in (others, trained))),
                },
            }

        gradient("mse", lora)
        gradient("snr5", lora, gamma=5.0)
        run("adamw10", lora, start, 1, 1e9, "constant")
        run("accum_clip_cosine", lora, start, 4, 0.01, "cosine")
        for n, p in lora.items():
            p.data = start[n].clone()
        whole = self.adapt([
            ("unet", self.unet, ATTENTION), ("text_encoder", self.text, TEXT_ATTENTION),
            ("text_encoder_2", self.text_2, TEXT_ATTENTION),
        ])
        start = {n: p.detach().clone() for n, p in whole.items()}
        save_file(start, self.out / "adapter_start_text.safetensors", note)
        gradient("text_mse", whole, text=True)
        run("text_adamw10", whole, start, 1, 1.0, "constant", text=True)

    def make(self):
        self.pipelines()
        for name in ("tokenizer", "tokenizer_2"):
            file = self.out / "model" / name / "tokenizer_config.json"
            config = json.loads(file.read_text())
            for key, value in self.spec["tokenizer"].items():
                config[key] = value
                if key == "model_max_length" and value is None:
                    del config[key]
            file.write_text(json.dumps(config, indent=1))
        self.networks()
        self.training()
        tensors = {k: t.detach().clone().contiguous() for k, t in self.golden.items()}
        save_file(tensors, self.out / "golden.safetensors")
        (self.out / "golden.json").write_text(json.dumps(self.numbers, indent=1))


torch.set_num_threads(1)  # what is so small takes longer with more
out, tokenizers = Path(sys.argv[1]), Path(sys.argv[2])
for name in sys.argv[3:] or MODELS:
    Maker(out / name, tokenizers, MODELS[name]).make()
    print("made", name)
