"""Writes the reference numbers of src/test/resources/train with torch and diffusers.

Run: python src/test/python/train_fixtures.py (torch 2.15, diffusers 0.42.1 made the committed ones).
"""

import json
import pathlib

import torch
from diffusers import DDPMScheduler
from diffusers.optimization import get_scheduler
from diffusers.training_utils import compute_snr

OUT = pathlib.Path(__file__).parents[1] / "resources" / "train"
PARAMETERS = 37
STEPS = 50


def start(i):
    """Exact in fp32, so that the test makes the same input without a file."""
    return ((i * 29) % 64 - 32) / 256


def gradient(step, i):
    return ((i * 37 + step * 101 + i * step * 13) % 256 - 128) / 2**(10 + i % 8)


def adamw():
    cases = []
    for lr, beta1, beta2, decay, eps in [
        (1e-3, 0.9, 0.999, 1e-2, 1e-8),
        (1e-2, 0.8, 0.99, 0.0, 1e-6),
        (2e-4, 0.9, 0.95, 0.1, 1e-4),
    ]:
        p = torch.nn.Parameter(torch.tensor([start(i) for i in range(PARAMETERS)]))
        optimizer = torch.optim.AdamW(
            [p], lr=lr, betas=(beta1, beta2), weight_decay=decay, eps=eps, foreach=False
        )
        after = {}
        for step in range(STEPS):
            p.grad = torch.tensor([gradient(step, i) for i in range(PARAMETERS)])
            optimizer.step()
            if step + 1 in (1, 10, STEPS):
                after[step + 1] = p.detach().tolist()
        cases.append(
            dict(
                learning_rate=lr,
                beta1=beta1,
                beta2=beta2,
                weight_decay=decay,
                epsilon=eps,
                after=after,
                exp_avg=optimizer.state[p]["exp_avg"].tolist(),
                exp_avg_sq=optimizer.state[p]["exp_avg_sq"].tolist(),
            )
        )
    return cases


def clipping():
    cases = []
    for max_norm in (0.01, 0.5, 1.0, 100.0):
        p = torch.nn.Parameter(torch.zeros(PARAMETERS))
        p.grad = torch.tensor([gradient(3, i) for i in range(PARAMETERS)])
        norm = torch.nn.utils.clip_grad_norm_([p], max_norm)
        cases.append(dict(max_norm=max_norm, norm=norm.item(), clipped=p.grad.tolist()))
    return cases


def learning_rates():
    cases = []
    base, total = 3e-4, 24
    for name in (
        "constant",
        "constant_with_warmup",
        "linear",
        "cosine",
        "cosine_with_restarts",
        "polynomial",
    ):
        for warmup in (0, 1, 5):
            for cycles, power in ((1, 1.0), (3, 2.0)):
                if (cycles, power) != (1, 1.0) and name not in ("cosine_with_restarts", "polynomial"):
                    continue
                optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)
                scheduler = get_scheduler(
                    name,
                    optimizer,
                    num_warmup_steps=warmup,
                    num_training_steps=total,
                    num_cycles=cycles,
                    power=power,
                )
                rates = []
                for _ in range(total + 3):
                    rates.append(scheduler.get_last_lr()[0])
                    optimizer.step()
                    scheduler.step()
                cases.append(
                    dict(
                        scheduler=name,
                        base=base,
                        warmup=warmup,
                        total=total,
                        cycles=cycles,
                        power=power,
                        rates=rates,
                    )
                )
    return cases


CONFIGS = [
    dict(),
    dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"),
    dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", rescale_betas_zero_snr=True),
    dict(beta_schedule="squaredcos_cap_v2"),
    dict(beta_start=0.001, beta_end=0.3, num_train_timesteps=77),
    dict(num_train_timesteps=4, trained_betas=[0.01, 0.05, 0.2, 0.5]),
]


def noise_schedules():
    cases = []
    for config in CONFIGS:
        scheduler = DDPMScheduler(**config)
        count = scheduler.config.num_train_timesteps
        at = sorted({*range(0, count, 13), 1, count - 2, count - 1})
        t = torch.tensor(at)
        snr = compute_snr(scheduler, t)
        clipped = snr.clamp(max=5.0)
        sample, noise = torch.full((len(at),), 0.75), torch.full((len(at),), -1.25)
        cases.append(
            dict(
                config=config,
                timesteps=at,
                alphas_cumprod=scheduler.alphas_cumprod[t].tolist(),
                noisy=scheduler.add_noise(sample, noise, t).tolist(),
                velocity=scheduler.get_velocity(sample, noise, t).tolist(),
                # The last weight of a zero terminal SNR is NaN in torch; JSON has no word for it.
                epsilon_weights=[None if w != w else w for w in (clipped / snr).tolist()],
                v_weights=(clipped / (snr + 1)).tolist(),
            )
        )
    return cases


def write(name, value):
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / name).write_text(json.dumps(value, indent=None, separators=(",", ":")) + "\n")


write("adamw.json", adamw())
write("clipping.json", clipping())
write("learning_rates.json", learning_rates())
write("noise_schedules.json", noise_schedules())
