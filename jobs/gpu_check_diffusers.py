"""A LoRA gradient in diffusers with random weights, beside `jobs/gpu-check`.

usage: gpu_check_diffusers.py UNET_FOLDER cuda|cpu BATCH PIXELS STEPS true|false

The last argument switches gradient checkpointing. As train_text_to_image_lora.py does with --mixed_precision=fp16
(bf16 on a CPU, which has no fp16 autocast for all operators): frozen weights in half precision, LoRA of rank 4 on
the attentions in fp32, autocast. Prints one line of JSON: the median of seconds, and the peak of memory.
"""

import json
import resource
import statistics
import sys
import time

import diffusers
import torch
from diffusers import UNet2DConditionModel
from diffusers.training_utils import cast_training_params
from peft import LoraConfig

folder, device, batch, pixels, steps, checkpointing = sys.argv[1:]
batch, side, steps = int(batch), int(pixels) // 8, int(steps)
half = torch.float16 if device == "cuda" else torch.bfloat16
torch.manual_seed(0)
unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(folder)).requires_grad_(False)
unet.to(device, half)
unet.add_adapter(LoraConfig(r=4, lora_alpha=4, target_modules=["to_k", "to_q", "to_v", "to_out.0"]))
cast_training_params(unet, dtype=torch.float32)
if checkpointing == "true":
    unet.enable_gradient_checkpointing()
unet.train()
scaler = torch.amp.GradScaler(device, enabled=device == "cuda")
noisy = torch.randn(batch, unet.config.in_channels, side, side, device=device, dtype=half)
words = torch.randn(batch, 77, unet.config.cross_attention_dim, device=device, dtype=half)
target = torch.randn_like(noisy, dtype=torch.float32)
times = torch.randint(0, 1000, (batch,), device=device)


def gradient():
    with torch.autocast(device, dtype=half):
        loss = torch.nn.functional.mse_loss(unet(noisy, times, words).sample.float(), target)
    scaler.scale(loss).backward()
    unet.zero_grad()
    return loss.item()


gradient()
seconds = []
for _ in range(steps):
    began = time.perf_counter()
    gradient()
    if device == "cuda":
        torch.cuda.synchronize()
    seconds.append(time.perf_counter() - began)
peak = torch.cuda.max_memory_reserved() if device == "cuda" else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(
    json.dumps(
        {
            "seconds": statistics.median(seconds),
            "gib": peak / 2**30,
            "torch": torch.__version__,
            "diffusers": diffusers.__version__,
        }
    )
)
