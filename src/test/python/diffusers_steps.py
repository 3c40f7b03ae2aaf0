"""diffusers' half of `jobs/bench-against-diffusers`: a step whenever a line says so.

Usage: diffusers_steps.py MODEL given|script fp32|bf16 PIXELS RANK THREADS
It does what diffusers' train_text_to_image_lora.py, or for SDXL train_text_to_image_lora_sdxl.py, does with `--mixed_precision` no or bf16 on a CPU, with
accelerate and PEFT: frozen weights cast to the compute type, LoRA, gradients and update in fp32, the
UNet called under autocast. `script` encodes picture and caption in every step, as that script does; `given` has latents
and hidden states already, and neither VAE nor text encoder in memory. Decoding of pictures is in neither.
Each line of the input (load, step) is answered with a line of JSON; the input's end ends the process.
"""

import json
import os
import sys
import time

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from diffusers import AutoencoderKL, AutoencoderTiny, DDPMScheduler, UNet2DConditionModel
from diffusers.optimization import get_scheduler
from diffusers.training_utils import cast_training_params
from peft import LoraConfig
from transformers import CLIPTextModel, CLIPTextModelWithProjection

MODEL, MODE, PRECISION = sys.argv[1:4]
PIXELS, RANK, THREADS = map(int, sys.argv[4:])
DTYPE = {"fp32": torch.float32, "bf16": torch.bfloat16}[PRECISION]
XL = os.path.exists(f"{MODEL}/text_encoder_2")
torch.set_num_threads(THREADS)
torch.manual_seed(0)


def status(field):
    """GiB."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) / 2**20 for line in lines if line.startswith(field + ":"))


def memory():
    return {"resident": status("VmRSS"), "peak": status("VmHWM"), "file": status("RssFile")}


class Trainer:
    def load(self):
        self.accelerator = Accelerator(cpu=True, mixed_precision={"fp32": "no", "bf16": "bf16"}[PRECISION])
        before, began = status("VmRSS"), time.perf_counter()
        self.scheduler = DDPMScheduler.from_pretrained(MODEL, subfolder="scheduler")
        unet = UNet2DConditionModel.from_pretrained(MODEL, subfolder="unet")
        unet.requires_grad_(False)
        unet.to(dtype=DTYPE)
        if MODE == "script":
            with open(f"{MODEL}/vae/config.json") as config:
                tiny = json.load(config)["_class_name"] == "AutoencoderTiny"
            self.vae = (AutoencoderTiny if tiny else AutoencoderKL).from_pretrained(MODEL, subfolder="vae")
            self.text_encoders = [CLIPTextModel.from_pretrained(MODEL, subfolder="text_encoder")]
            if XL:
                self.text_encoders.append(CLIPTextModelWithProjection.from_pretrained(MODEL, subfolder="text_encoder_2"))
            for frozen in (self.vae, *self.text_encoders):
                frozen.requires_grad_(False)
                frozen.to(dtype=torch.float32 if XL and frozen is self.vae else DTYPE)
        seconds, loaded = time.perf_counter() - began, memory()
        targets = ["to_k", "to_q", "to_v", "to_out.0"]
        unet.add_adapter(LoraConfig(r=RANK, lora_alpha=RANK, init_lora_weights="gaussian", target_modules=targets))
        cast_training_params(unet, dtype=torch.float32)
        self.parameters = [p for p in unet.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(self.parameters, lr=1e-4, betas=(0.9, 0.999), weight_decay=1e-2, eps=1e-8)
        schedule = get_scheduler("constant", optimizer=optimizer)
        self.unet, self.optimizer, self.schedule = self.accelerator.prepare(unet, optimizer, schedule)
        self.unet.train()
        side = PIXELS // 8
        self.pixels = torch.rand(1, 3, PIXELS, PIXELS) * 2 - 1
        self.ids = torch.zeros(1, 77, dtype=torch.long)
        self.latents = torch.randn(1, unet.config.in_channels, side, side).to(DTYPE)
        self.states = torch.randn(1, 77, unet.config.cross_attention_dim).to(DTYPE)
        self.added = None
        if XL:
            width = unet.config.projection_class_embeddings_input_dim - 6 * unet.config.addition_time_embed_dim
            time_ids = torch.tensor([[PIXELS, PIXELS, 0, 0, PIXELS, PIXELS]], dtype=DTYPE)
            self.added = {"text_embeds": torch.randn(1, width).to(DTYPE), "time_ids": time_ids}
        with open("/proc/self/clear_refs", "w") as peak:
            peak.write("5")  # of the steps, from here on
        count = sum(p.numel() for p in self.parameters)
        return {"seconds": seconds, "before": before, **loaded, "parameters": count}

    def encoded(self):
        if MODE == "given":
            return self.latents, self.states
        posterior = self.vae.encode(self.pixels.to(self.vae.dtype))
        latents = posterior.latent_dist.sample() if hasattr(posterior, "latent_dist") else posterior.latents
        latents = (latents * self.vae.config.scaling_factor).to(DTYPE)
        if not XL:
            return latents, self.text_encoders[0](self.ids, return_dict=False)[0]
        encoded = [encoder(self.ids, output_hidden_states=True) for encoder in self.text_encoders]
        self.added["text_embeds"] = encoded[-1].text_embeds
        return latents, torch.cat([text.hidden_states[-2] for text in encoded], dim=-1)

    def step(self):
        began = time.perf_counter()
        with self.accelerator.accumulate(self.unet):
            latents, states = self.encoded()
            encoded = time.perf_counter()
            noise = torch.randn_like(latents)
            timesteps = torch.randint(0, self.scheduler.config.num_train_timesteps, (1,))
            noisy = self.scheduler.add_noise(latents, noise, timesteps)
            prediction = self.unet(noisy, timesteps, states, added_cond_kwargs=self.added, return_dict=False)[0]
            loss = F.mse_loss(prediction.float(), noise.float())
            forward = time.perf_counter()
            self.accelerator.backward(loss)
            backward = time.perf_counter()
            self.accelerator.clip_grad_norm_(self.parameters, 1.0)
            self.optimizer.step()
            self.schedule.step()
            self.optimizer.zero_grad()
        ended = time.perf_counter()
        return {
            "step": ended - began,
            "encode": encoded - began,
            "forward": forward - encoded,
            "backward": backward - forward,
            "update": ended - backward,
            **memory(),
            "loss": loss.item(),
        }


trainer = Trainer()
for line in sys.stdin:
    print(json.dumps({"load": trainer.load, "step": trainer.step}[line.strip()]()), flush=True)
