"""Writes the reference numbers of src/test/resources/train/losses.json with torch and diffusers.

Run: python src/test/python/loss_fixtures.py (torch 2.15, diffusers 0.42.1 made the committed ones).

The formulas stand here as diffusers' scripts and kohya's sd-scripts define them, for tensors of a
few values that the test makes without a file.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler
from diffusers.training_utils import compute_snr

OUT = pathlib.Path(__file__).parents[1] / "resources" / "train"
STABLE = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
T = 1000
TIMESTEPS = [0, 1, 37, 500, 981, 999]
SHAPE = (6, 2, 3, 4)


def values(factor, offset):
    n = math.prod(SHAPE)
    return torch.tensor([((i * factor + offset) % 97 - 48) / 32 for i in range(n)]).reshape(SHAPE)


def mask():
    n = SHAPE[0] * SHAPE[2] * SHAPE[3]
    return torch.tensor([(i * 5 % 9) / 8 for i in range(n)]).reshape(SHAPE[0], 1, SHAPE[2], SHAPE[3])


def huber_c(schedule, c, scale, noise, t):
    if schedule == "constant":
        return torch.full((len(t),), c * scale)
    if schedule == "exponential":
        return torch.exp(math.log(c) / T * t) * scale
    alphas = noise.alphas_cumprod[t]
    sigmas = ((1 - alphas) / alphas) ** 0.5
    return (1 - c) / (1 + sigmas) ** 2 + c


def losses():
    cases = []
    t = torch.tensor(TIMESTEPS)
    for prediction_type in ("epsilon", "v_prediction"):
        noise = DDPMScheduler(**STABLE, prediction_type=prediction_type)
        v = prediction_type == "v_prediction"
        for loss_type, schedule, c, scale in [
            ("l2", "snr", 0.1, 1.0),
            ("huber", "snr", 0.1, 1.0),
            ("huber", "exponential", 0.05, 1.5),
            ("smooth_l1", "constant", 0.3, 0.7),
            ("smooth_l1", "snr", 0.2, 1.0),
        ]:
            for gamma in (None, 5.0):
                for debiased in (False, True):
                    for masked in (False, True):
                        prediction = values(31, 5).requires_grad_()
                        error = prediction - values(17, 11)
                        if loss_type == "l2":
                            loss = F.mse_loss(prediction, values(17, 11), reduction="none")
                        else:
                            c_t = huber_c(schedule, c, scale, noise, t).view(-1, 1, 1, 1)
                            loss = 2 * (torch.sqrt(error**2 + c_t**2) - c_t)
                            loss = c_t * loss if loss_type == "huber" else loss
                        if masked:
                            loss = loss * mask()
                        loss = loss.mean([1, 2, 3])
                        snr = compute_snr(noise, t)
                        if gamma is not None:
                            loss = loss * torch.clamp(snr, max=gamma) / (snr + 1 if v else snr)
                        if debiased:
                            limited = torch.clamp(snr, max=1000)
                            loss = loss * (1 / (limited + 1) if v else 1 / torch.sqrt(limited))
                        loss = loss.mean()
                        loss.backward()
                        cases.append(
                            dict(
                                prediction_type=prediction_type,
                                loss_type=loss_type,
                                huber_schedule=schedule,
                                huber_c=c,
                                huber_scale=scale,
                                snr_gamma=gamma,
                                debiased=debiased,
                                masked=masked,
                                loss=loss.item(),
                                gradient=[float(f"{g:.9g}") for g in prediction.grad.flatten()[::3]],
                            )
                        )
    return cases


def timestep_weights(strategy, multiplier, begin, end, portion):
    """diffusers' SDXL scripts, generate_timestep_weights."""
    weights = torch.ones(T)
    count = int(portion * T)
    if strategy == "later":
        weights[-count:] *= multiplier
    elif strategy == "earlier":
        weights[:count] *= multiplier
    else:
        weights[begin:end] *= multiplier
    return weights / weights.sum()


def biases():
    cases = []
    for strategy, multiplier, begin, end, portion in [
        ("earlier", 2.0, 0, 1000, 0.25),
        ("later", 3.5, 0, 1000, 0.1),
        ("range", 0.25, 200, 500, 0.25),
    ]:
        weights = timestep_weights(strategy, multiplier, begin, end, portion)
        at = [0, 1, 199, 200, 249, 250, 499, 500, 899, 900, 999]
        cases.append(
            dict(
                strategy=strategy,
                multiplier=multiplier,
                begin=begin,
                end=end,
                portion=portion,
                timesteps=at,
                chances=weights[at].tolist(),
            )
        )
    return cases


def pyramid():
    """kohya's pyramid_noise_like for one picture, the draws given."""
    noise = values(13, 3)[:1]
    levels = [(3, 4, 1.0), (2, 2, 0.4), (1, 1, 0.16)]
    summed = noise.clone()
    for i, (h, w, factor) in enumerate(levels):
        level = torch.tensor([((j * 7 + i) % 23 - 11) / 8 for j in range(2 * h * w)]).reshape(1, 2, h, w)
        summed += F.interpolate(level, size=(3, 4), mode="bilinear", align_corners=False) * factor
    return [dict(levels=levels, noise=(summed / summed.std()).flatten().tolist())]


for name, cases in (("losses.json", losses()), ("timestep_bias.json", biases()), ("pyramid_noise.json", pyramid())):
    (OUT / name).write_text(json.dumps(cases, separators=(",", ":")) + "\n")
