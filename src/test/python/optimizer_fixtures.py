"""Writes the reference numbers of src/test/resources/train/optimizers with the optimizers' own packages.

Run: python src/test/python/optimizer_fixtures.py, after
pip install lion-pytorch==0.2.5 prodigyopt==1.1.2 bitsandbytes==0.50.2 schedulefree==1.4.1 came-pytorch==0.1.3
prodigy-plus-schedule-free==2.0.1
(torch 2.15, transformers 5.23, diffusers 0.42.1 made the committed ones). Names after the script
choose what is written.

Start, gradients and targets are exact in fp32, so that the test makes them without a file.
"""

import json
import pathlib
import sys

import bitsandbytes as bnb
import bitsandbytes.backends.cpu.ops as bnb_cpu
import torch
import torch.optim._muon as torch_muon
from came_pytorch import CAME
from diffusers.training_utils import EMAModel
from lion_pytorch import Lion
from prodigyopt import Prodigy
from prodigyplus import ProdigyPlusScheduleFree
from safetensors.torch import save_file
from schedulefree import AdamWScheduleFree
from transformers.optimization import Adafactor

OUT = pathlib.Path(__file__).parents[1] / "resources" / "train" / "optimizers"
SMALL = [(4, 12), (10, 4), (3, 2, 3, 3), (6, 3, 1, 1), (7,)]
MATRICES = [(4, 12), (10, 4), (6, 18), (7, 7)]
LARGE = [(5, 7), (16, 260), (9, 3)]
# With an axis of 32, in each order.
LONG = [(4, 40), (40, 6), (3, 33, 3, 3), (36, 2, 1, 1), (34, 35), (32, 2, 3, 40), (5, 7), (48,)]
SNAPSHOTS = (1, 2, 10, 40)


def size(shape):
    return torch.Size(shape).numel()


def start(i):
    return ((i * 29) % 64 - 32) / 256


def pattern(step, i):
    return ((i * 37 + step * 101 + i * step * 13) % 256 - 128) / 2 ** (10 + i % 8)


def odd_pattern(step, i):
    """Its values' ratios are those of no border between two codes."""
    return ((i * 7919 + step * 4729) % 10007 - 5003) / 2**17


def target(i):
    return ((i * 53) % 128 - 64) / 128


def vector(f, n):
    return torch.tensor([f(i) for i in range(n)], dtype=torch.float32)


def flat(tensors):
    return torch.cat([t.detach().flatten() for t in tensors]).clone()


def quantise_to_nearest(values, code, absmax_out, out, blocksize):
    """bitsandbytes' generic path: the CPU kernel for fp32 does not find the nearest code of small values."""
    codes, absmax = torch.ops.bitsandbytes.quantize_blockwise(values.double(), code, blocksize)
    out.copy_(codes)
    absmax_out.copy_(absmax)


bnb_cpu._quant_blockwise_fp32_direct = quantise_to_nearest


class DoubleForHalf:
    """torch, in whose Muon bf16 is double: rounding apart it is the same arithmetic."""

    bfloat16 = torch.float64

    def __getattr__(self, name):
        return getattr(torch, name)


torch_muon.torch = DoubleForHalf()


def run(name, shapes, make, gradients, rates, states=()):
    if sys.argv[1:] and name not in sys.argv[1:]:
        return
    offsets = [0]
    for shape in shapes:
        offsets.append(offsets[-1] + size(shape))
    n = offsets[-1]
    whole = vector(start, n)
    params = [
        torch.nn.Parameter(whole[a:b].clone().reshape(shape)) for a, b, shape in zip(offsets, offsets[1:], shapes)
    ]
    goal = vector(target, n)
    optimizer = make(params)
    tensors = {}
    averages = hasattr(optimizer, "eval")
    if averages:
        optimizer.train()
    for step in range(SNAPSHOTS[-1]):
        if rates is not None:
            optimizer.param_groups[0]["lr"] = rates(step)
        values = odd_pattern if shapes is LARGE else pattern
        g = vector(lambda i: values(step, i), n) if gradients == "pattern" else flat(params) - goal
        for p, a, b in zip(params, offsets, offsets[1:]):
            p.grad = g[a:b].clone().reshape(p.shape)
        optimizer.step()
        if step + 1 in SNAPSHOTS:
            tensors[f"after.{step + 1}"] = flat(params)
    for key in states:
        # bitsandbytes keeps the moments of small tensors in fp32, under the names of the codes.
        of = [p for p in params if p.numel() >= 4096] if key[-1] in "12" else params
        parts = [optimizer.state[p][key] for p in of if key in optimizer.state[p]]
        if parts:
            tensors[f"state.{key}"] = flat(parts).float() if parts[0].is_floating_point() else flat(parts)
    if averages:
        optimizer.eval()
        tensors["used"] = flat(params)
    metadata = dict(shapes=json.dumps(shapes), gradients=gradients)
    if "d" in optimizer.param_groups[0]:
        metadata["d"] = repr(float(optimizer.param_groups[0]["d"]))
    OUT.mkdir(parents=True, exist_ok=True)
    save_file(tensors, OUT / f"{name}.safetensors", metadata=metadata)
    (OUT / f"{name}.safetensors").chmod(0o644)


def constant(rate):
    return lambda step: rate


for gradients in ("pattern", "quadratic"):
    run(
        f"lion_{gradients}",
        SMALL,
        lambda ps: Lion(ps, lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1),
        gradients,
        constant(1e-3),
        ["exp_avg"],
    )
    run(
        f"adafactor_{gradients}",
        SMALL,
        lambda ps: Adafactor(ps, lr=1e-2, relative_step=False, scale_parameter=False, weight_decay=0.01),
        gradients,
        None,
        ["exp_avg_sq_row", "exp_avg_sq_col", "exp_avg_sq"],
    )
    run(
        f"adafactor_relative_{gradients}",
        SMALL,
        lambda ps: Adafactor(ps, relative_step=True, scale_parameter=True, warmup_init=True),
        gradients,
        None,
        ["exp_avg_sq_row", "exp_avg_sq_col", "exp_avg_sq"],
    )
    run(
        f"prodigy_{gradients}",
        SMALL,
        lambda ps: Prodigy(ps, lr=1.0, weight_decay=0.01, use_bias_correction=True, safeguard_warmup=True),
        gradients,
        constant(1.0),
        ["exp_avg", "exp_avg_sq", "s"],
    )
    run(
        f"prodigy_coupled_{gradients}",
        SMALL,
        lambda ps: Prodigy(
            ps, lr=1.0, betas=(0.8, 0.99), beta3=0.97, weight_decay=0.1, decouple=False, d_coef=2.0, growth_rate=1.5
        ),
        gradients,
        # A warm-up from 0, as a schedule gives it.
        lambda step: min(1.0, step / 5),
        ["exp_avg", "exp_avg_sq", "s"],
    )
    run(
        f"prodigy_plus_{gradients}",
        LONG,
        ProdigyPlusScheduleFree,
        gradients,
        constant(1.0),
        ["z", "exp_avg_sq", "exp_avg_sq_row", "exp_avg_sq_col", "s", "p0"],
    )
    run(
        f"prodigy_plus_free_{gradients}",
        LONG,
        lambda ps: ProdigyPlusScheduleFree(
            ps, lr=1.0, betas=(0.95, 0.98), beta3=0.97, weight_decay=0.05, eps=1e-6, d0=1e-3, d_coef=0.8,
            d_limiter=False, prodigy_steps=12, schedulefree_c=6, factored=False, use_stableadamw=False
        ),
        gradients,
        # A warm-up from 0. Without the limiter a rate of 1 overshoots, and grows what rounding differs by.
        lambda step: min(0.125, step / 40),
        ["z", "exp_avg_sq"],
    )
    run(
        f"adamw_schedulefree_{gradients}",
        SMALL,
        lambda ps: AdamWScheduleFree(ps, lr=1e-2, weight_decay=0.05, warmup_steps=6),
        gradients,
        constant(1e-2),
        ["z", "exp_avg_sq"],
    )
    run(
        f"came_{gradients}",
        SMALL,
        lambda ps: CAME(ps, lr=1e-2, weight_decay=0.01),
        gradients,
        constant(1e-2),
        ["exp_avg", "exp_avg_sq", "exp_avg_sq_row", "exp_avg_sq_col", "exp_avg_res_row", "exp_avg_res_col"],
    )
    run(
        f"muon_{gradients}",
        MATRICES,
        lambda ps: torch.optim.Muon(ps, lr=1e-2, weight_decay=0.1),
        gradients,
        constant(1e-2),
        ["momentum_buffer"],
    )
    run(
        f"adamw8bit_{gradients}",
        LARGE,
        lambda ps: bnb.optim.AdamW8bit(ps, lr=1e-3, weight_decay=0.01),
        gradients,
        constant(1e-3),
        ["state1", "state2", "absmax1", "absmax2"],
    )


def ema():
    cases = []
    for settings in (
        dict(),
        dict(decay=0.5, update_after_step=3),
        dict(decay=0.999, use_ema_warmup=True, inv_gamma=2.0, power=0.75, min_decay=0.3),
    ):
        n = 37
        p = torch.nn.Parameter(vector(start, n))
        model = EMAModel([p], **settings)
        trace = []
        for step in range(40):
            with torch.no_grad():
                p.add_(vector(lambda i: pattern(step, i), n))
            model.step([p])
            trace.append(model.cur_decay_value)
        cases.append(dict(settings=settings, decays=trace, average=model.shadow_params[0].tolist()))
    return cases


if not sys.argv[1:]:
    (OUT / "ema.json").write_text(json.dumps(ema(), separators=(",", ":")) + "\n")
