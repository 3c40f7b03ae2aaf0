"""Writes reference numbers for what kohya's scripts add to diffusers' into src/test/resources/train.

Run: python src/test/python/kohya_fixtures.py, after pip install pytorch-optimizer==4.1.0
(torch 2.15, transformers 5.23, diffusers 0.42.1 made the committed ones).

Schedules are those of transformers and pytorch-optimizer. The weights of a velocity's loss stand
here as the scripts define them; the noise schedule is that of diffusers.
"""

import json
import pathlib

import torch
from diffusers import DDPMScheduler
from pytorch_optimizer.lr_scheduler import REXScheduler
from transformers.optimization import (
    get_cosine_with_min_lr_schedule_with_warmup,
    get_inverse_sqrt_schedule,
    get_wsd_schedule,
)

OUT = pathlib.Path(__file__).parents[1] / "resources" / "train"
BASE, TOTAL = 3e-4, 24


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE)


def rates(make):
    used = optimizer()
    schedule = make(used)
    found = []
    for _ in range(TOTAL + 3):
        found.append(schedule.get_last_lr()[0])
        used.step()
        schedule.step()
    return found


def rex(ratio):
    """The package's schedule has no warm-up."""
    schedule = REXScheduler(optimizer(), total_steps=TOTAL, max_lr=BASE, min_lr=BASE * ratio)
    schedule.step_t = 0  # torch's class has made a step
    return [schedule.step() for _ in range(TOTAL + 3)]


def case(scheduler, found, warmup=0, cycles=1, decay=0, timescale=0, ratio=0.0):
    return dict(
        scheduler=scheduler,
        base=BASE,
        warmup=warmup,
        total=TOTAL,
        cycles=cycles,
        power=1.0,
        decay=decay,
        timescale=timescale,
        ratio=ratio,
        rates=found,
    )


def learning_rates():
    cases = []
    for warmup in (0, 1, 5):
        for timescale in (0, 3, 40):
            if timescale and timescale < warmup:
                continue
            found = rates(lambda used: get_inverse_sqrt_schedule(used, warmup, timescale or None))
            cases.append(case("inverse_sqrt", found, warmup, timescale=timescale))
        for cycles, ratio in ((1, 0.0), (1, 0.1), (3, 0.25)):
            found = rates(
                lambda used: get_cosine_with_min_lr_schedule_with_warmup(
                    used, warmup, TOTAL, num_cycles=cycles / 2, min_lr_rate=ratio
                )
            )
            cases.append(case("cosine_with_min_lr", found, warmup, cycles, ratio=ratio))
            for decay in (0, 8):
                found = rates(
                    lambda used: get_wsd_schedule(
                        used, warmup, decay, TOTAL, num_cycles=cycles / 2, min_lr_ratio=ratio
                    )
                )
                cases.append(case("warmup_stable_decay", found, warmup, cycles, decay=decay, ratio=ratio))
    for ratio in (0.0, 0.2):
        cases.append(case("rex", rex(ratio), ratio=ratio))
    return cases


def velocity_weights():
    """scale_v_prediction_loss_like_noise_prediction and add_v_prediction_like_loss."""
    timesteps = [0, 1, 37, 500, 981, 998]
    cases = []
    for zero in (False, True):
        noise = DDPMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", rescale_betas_zero_snr=zero
        )
        alphas = noise.alphas_cumprod[timesteps]
        snr = (alphas.sqrt() / (1 - alphas).sqrt()) ** 2
        scale = torch.minimum(snr, torch.full_like(snr, 1000)) / (torch.minimum(snr, torch.full_like(snr, 1000)) + 1)
        ones = torch.ones_like(scale)
        for share, weights in ((0.0, ones * scale), (0.3, ones + ones / scale * 0.3)):
            cases.append(dict(zero=zero, share=share, timesteps=timesteps, weights=weights.tolist()))
    return cases


def weight_norms():
    """apply_max_norm_regularization, of a linear layer and a convolution, of norms above and below."""
    cases = []
    for shape, rank, alpha in (((6, 5), 2, 2.0), ((6, 5), 2, 0.5), ((4, 3, 3, 3), 2, 1.0)):
        down_shape = (rank,) + shape[1:]
        up_shape = (shape[0], rank) + (1,) * (len(shape) - 2)
        down = torch.tensor([((i * 29) % 61 - 30) / 32 for i in range(torch.Size(down_shape).numel())])
        up = torch.tensor([((i * 31) % 67 - 33) / 64 for i in range(torch.Size(up_shape).numel())])
        update = up.reshape(up_shape).flatten(1) @ down.reshape(down_shape).flatten(1) * (alpha / rank)
        norm = update.norm().clamp(min=1.0 / 2)
        ratio = torch.clamp(norm, max=1.0) / norm
        cases.append(
            dict(
                weight=list(shape),
                rank=rank,
                alpha=alpha,
                norm=norm.item(),
                down=(down * ratio**0.5).tolist(),
                up=(up * ratio**0.5).tolist(),
            )
        )
    return cases


for name, cases in (
    ("more_learning_rates.json", learning_rates()),
    ("velocity_weights.json", velocity_weights()),
    ("weight_norms.json", weight_norms()),
):
    (OUT / name).write_text(json.dumps(cases, separators=(",", ":")) + "\n")
