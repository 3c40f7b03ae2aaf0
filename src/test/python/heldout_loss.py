"""Mean denoising loss on held-out pictures, with and without an adapter, computed by diffusers.

Usage: heldout_loss.py [--noise=FILE] BASE_MODEL PARQUET RESOLUTION [ADAPTER_FOLDER ...]
Noise and timesteps are fixed: the same for every adapter. FILE is a safetensors file with `noise`
[pictures, channels, height, width] and `timesteps` [pictures] to use instead.
"""

import io
import sys

import pyarrow.parquet as pq
import torch
from diffusers import DDPMScheduler, StableDiffusionPipeline
from PIL import Image
from safetensors.torch import load_file

given = [a.removeprefix("--noise=") for a in sys.argv[1:] if a.startswith("--noise=")]
base, parquet, resolution, *adapters = [a for a in sys.argv[1:] if not a.startswith("--noise=")]
resolution = int(resolution)
digits = 8 if given else 4
pipe = StableDiffusionPipeline.from_pretrained(base, torch_dtype=torch.float32)
scheduler = DDPMScheduler.from_pretrained(base, subfolder="scheduler")
rows = pq.read_table(parquet).to_pylist()


def pixels(cell):
    image = Image.open(io.BytesIO(cell["bytes"])).convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    image = Image.alpha_composite(white, image).convert("RGB").resize((resolution, resolution), Image.LANCZOS)
    values = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).float()
    return values.reshape(resolution, resolution, 3).permute(2, 0, 1) / 127.5 - 1


with torch.no_grad():
    latents, contexts = [], []
    for row in rows:
        encoded = pipe.vae.encode(pixels(row["image"])[None])
        mean = encoded.latents if hasattr(encoded, "latents") else encoded.latent_dist.mean
        latents.append(mean * pipe.vae.config.scaling_factor)
        ids = pipe.tokenizer(
            row["text"], padding="max_length", truncation=True, max_length=77, return_tensors="pt"
        ).input_ids
        contexts.append(pipe.text_encoder(ids)[0])
    latents, contexts = torch.cat(latents), torch.cat(contexts)
    if given:
        fixed = load_file(given[0])
        noise, timesteps = fixed["noise"], fixed["timesteps"]
    else:
        generator = torch.Generator().manual_seed(0)
        noise = torch.randn(latents.shape, generator=generator)
        timesteps = torch.randint(0, 1000, (len(latents),), generator=generator)
    noisy = scheduler.add_noise(latents, noise, timesteps)

    def loss():
        out = pipe.unet(noisy, timesteps, contexts).sample
        return torch.nn.functional.mse_loss(out, noise).item()

    print(f"{len(rows)} pictures, base: {loss():.{digits}f}")
    for folder in adapters:
        pipe.load_lora_weights(folder)
        print(f"{folder}: {loss():.{digits}f}")
        pipe.unload_lora_weights()
