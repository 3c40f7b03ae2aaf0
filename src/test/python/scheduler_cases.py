"""Writes reference sampling runs of diffusers' schedulers, in the form of golden/schedulers.json.

Run: python scheduler_cases.py fixture OUT.json    the cases kept in src/test/resources/schedulers
     python scheduler_cases.py matrix OUT.json     every scheduler, option and step count: some thousand
     python scheduler_cases.py random SEED N OUT.json
diffusers 0.42.1, torch 2.15, numpy 2.4 and scipy 1.17 made the kept ones.

A case may add `start`, the step that image to image begins at, to the golden form. Configurations for which
diffusers gives no run, or no finite one, are left out.
sqrt and log are rounded to the nearest: those that torch calls differ in the last bit from CPU to CPU.
"""

import collections
import inspect
import itertools
import json
import logging
import math
import pathlib
import random
import sys
import warnings

import diffusers
import numpy as np
import scipy.integrate
import torch

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
diffusers.utils.logging.set_verbosity_error()
torch.set_num_threads(1)


def rounded_sqrt(x):
    return torch.from_numpy(np.sqrt(x.numpy())) if x.dim() else torch.tensor(np.sqrt(x.numpy()))


def rounded_log(x):
    return x.double().log_().float()


torch_pow = torch.Tensor.__pow__
torch.Tensor.__pow__ = lambda x, y: rounded_sqrt(x) if isinstance(y, float) and y == 0.5 else torch_pow(x, y)
torch.Tensor.sqrt = rounded_sqrt
torch.sqrt = rounded_sqrt
torch.Tensor.log = rounded_log
torch.log = rounded_log



def exact_lms_coefficient(self, order, t, current):
    """The integral in fp64: diffusers integrates in fp32, which is off by up to 1e-2 where sigmas are close."""
    s = self.sigmas.double().numpy()
    others = [k for k in range(order) if k != current]
    return scipy.integrate.quad(
        lambda tau: math.prod((tau - s[t - k]) / (s[t - current] - s[t - k]) for k in others), s[t], s[t + 1]
    )[0]


diffusers.LMSDiscreteScheduler.get_lms_coefficient = exact_lms_coefficient

STEPS = [1, 2, 3, 4, 5, 7, 10, 13, 20, 25, 30, 37, 50, 100, 250, 999, 1000]
SPACINGS = ["leading", "trailing", "linspace"]
PREDICTIONS = ["epsilon", "v_prediction", "sample"]
STABLE = dict(num_train_timesteps=1000, beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
BETAS = [
    dict(),
    dict(beta_start=0.0001, beta_end=0.02, beta_schedule="linear"),
    dict(beta_schedule="squaredcos_cap_v2"),
    dict(num_train_timesteps=500),
    dict(num_train_timesteps=6, trained_betas=[0.02, 0.03, 0.06, 0.1, 0.2, 0.4]),
]
SIGMAS = [dict(), dict(use_karras_sigmas=True), dict(use_exponential_sigmas=True), dict(use_beta_sigmas=True)]
RESCALED = [dict(), dict(rescale_betas_zero_snr=True)]
CLIPPED = [dict(clip_sample=False), dict(clip_sample=True), dict(clip_sample=True, clip_sample_range=3.0)]
ENDS = [dict(), dict(final_sigmas_type="sigma_min"), dict(final_sigmas_type="zero")]

# The options of each scheduler: a case takes one of each row.
OPTIONS = {
    "DDPMScheduler": [RESCALED, CLIPPED, [dict(variance_type=v) for v in ("fixed_small", "fixed_small_log", "fixed_large")]],
    "DDIMScheduler": [RESCALED, CLIPPED, [dict(set_alpha_to_one=v) for v in (True, False)]],
    "PNDMScheduler": [
        [dict(skip_prk_steps=True), dict(skip_prk_steps=True), dict(skip_prk_steps=False), dict()],
        [dict(set_alpha_to_one=v) for v in (True, False)],
    ],
    "DPMSolverMultistepScheduler": [
        RESCALED,
        SIGMAS + [dict(use_lu_lambdas=True)],
        ENDS,
        [dict(solver_order=v) for v in (1, 2, 3)],
        [dict(algorithm_type=v) for v in ("dpmsolver++", "sde-dpmsolver++", "dpmsolver", "sde-dpmsolver")],
        [dict(solver_type=v) for v in ("midpoint", "heun")],
        [dict(), dict(lower_order_final=False), dict(euler_at_final=True)],
        [dict(), dict(), dict(lambda_min_clipped=-5.1)],
    ],
    "EulerDiscreteScheduler": [
        RESCALED,
        SIGMAS,
        ENDS,
        [dict(), dict(), dict(sigma_min=0.1, sigma_max=10.0), dict(sigma_max=8.7)],
        [dict(), dict(), dict(timestep_type="continuous")],
        [dict(), dict(), dict(), dict(interpolation_type="log_linear")],
    ],
    "EulerAncestralDiscreteScheduler": [RESCALED],
    "UniPCMultistepScheduler": [
        RESCALED,
        SIGMAS,
        ENDS,
        [dict(solver_order=v) for v in (1, 2, 3, 4)],
        [dict(solver_type=v) for v in ("bh1", "bh2", "midpoint")],
        [dict(), dict(), dict(predict_x0=False)],
        [dict(), dict(), dict(lower_order_final=False)],
        [dict(), dict(), dict(disable_corrector=[0, 1, 4])],
        [dict(), dict(), dict(sigma_min=0.1, sigma_max=10.0)],
    ],
    "HeunDiscreteScheduler": [SIGMAS, CLIPPED],
    "LMSDiscreteScheduler": [SIGMAS],
    "LCMScheduler": [
        RESCALED,
        CLIPPED,
        [dict(), dict(), dict(original_inference_steps=100), dict(original_inference_steps=33)],
        [dict(), dict(timestep_scaling=5.0)],
        [dict(), dict(set_alpha_to_one=False)],
    ],
}
# What any of them may be made from: Stable Diffusion 1.5's and 2.1's own, and one of each class that has more keys.
BASES = [
    dict(STABLE, _class_name="PNDMScheduler", _diffusers_version="0.6.0", clip_sample=False, set_alpha_to_one=False,
         skip_prk_steps=True, steps_offset=1, trained_betas=None),
    dict(STABLE, _class_name="DDIMScheduler", clip_sample=False, prediction_type="v_prediction", set_alpha_to_one=False,
         skip_prk_steps=True, steps_offset=1, trained_betas=None),
]  # fmt: skip
COMMON = [BETAS, [dict(timestep_spacing=v) for v in SPACINGS], [dict(steps_offset=v) for v in (0, 1)]]


def short(value):
    """As many digits as fp32 has."""
    return float(f"{float(value):.9g}")


def run(name, config, steps, start=0):
    case = dict(scheduler=name, config=config, steps=steps)
    if start:
        case["start"] = start
    try:
        case.update(trajectory(name, config, steps, start))
    except Exception as e:  # whatever diffusers says no with
        case["error"] = f"{type(e).__name__}: {e}"[:200]
    return case


def trajectory(name, config, steps, start):
    scheduler = getattr(diffusers, name).from_config(dict(config))
    scheduler.set_timesteps(steps)
    if hasattr(scheduler, "set_begin_index"):
        # Some timesteps come twice, where a search for the index is ambiguous.
        scheduler.set_begin_index(start)
    sigma = float(scheduler.init_noise_sigma)
    x = (torch.arange(768).reshape(3, 8, 8, 4) / 768).permute(3, 0, 1, 2)
    timesteps = scheduler.timesteps
    x = scheduler.add_noise(x, 1 - x, timesteps[start : start + 1]) if start else x * sigma
    draws = "generator" in inspect.signature(scheduler.step).parameters
    draws = dict(generator=torch.Generator().manual_seed(0)) if draws else {}
    trace = []
    for t in timesteps[start:]:
        scaled = scheduler.scale_model_input(x, t)
        x = scheduler.step(scaled * (t / (t + 1)), t, x, **draws).prev_sample
        trace.append([x.abs().double().mean().item(), x.flatten()[7].item()])
    if not all(math.isfinite(v) for v in itertools.chain(*trace)):
        raise ArithmeticError("not finite")
    return dict(
        timesteps=[short(t) for t in timesteps],
        init_noise_sigma=sigma,
        trajectory_mean_abs_and_element7=[[short(v) for v in pair] for pair in trace],
        final=[short(v) for v in x.flatten()[::48]],
    )


def spaced():
    """Every step count and spacing, with what Stable Diffusion sets."""
    for name, spacing, offset, steps in itertools.product(OPTIONS, SPACINGS, (0, 1), STEPS):
        config = dict(STABLE, timestep_spacing=spacing, steps_offset=offset)
        if name == "PNDMScheduler":
            config["skip_prk_steps"] = True
        if name in ("DDPMScheduler", "DDIMScheduler"):
            config["clip_sample"] = False
        if offset and (steps > 100 or spacing != "leading"):
            continue
        yield name, config, steps


def sigma_spaced():
    for name, sigmas, steps in itertools.product(OPTIONS, SIGMAS[1:], STEPS):
        if SIGMAS in OPTIONS[name] or name == "DPMSolverMultistepScheduler":
            yield name, dict(STABLE, **sigmas), steps


def drawn(random, name, allowed=STEPS[:-3]):
    config = dict(STABLE)
    config["prediction_type"] = random.choice(PREDICTIONS)
    betas, *others = COMMON
    config.update(betas[0] if random.random() < 0.5 else random.choice(betas))
    for row in [*others, *OPTIONS[name]]:
        config.update(random.choice(row))
    steps = random.choice(allowed)
    if "trained_betas" in config:
        steps = min(steps, config["num_train_timesteps"])
    start = random.randrange(steps) if steps > 2 and random.random() < 0.2 else 0
    if name == "LMSDiscreteScheduler" or name == "PNDMScheduler" and not config.get("skip_prk_steps"):
        start = 0  # diffusers counts steps that were not taken
    return name, config, steps, start * getattr(diffusers, name).order


def swaps(steps):
    """Each scheduler from each other's configuration."""
    for name, base in itertools.product(OPTIONS, BASES + [full(other) for other in OPTIONS]):
        yield name, base, steps


def finite(value):
    """JSON has no infinity: DPM-Solver's default lambda_min_clipped."""
    return not isinstance(value, float) or math.isfinite(value)


def full(name):
    """As a pipeline that was saved with this scheduler has it: every key, with its default where SD sets none."""
    config = dict(getattr(diffusers, name).from_config(dict(BASES[0])).config)
    config.pop("_use_default_values", None)
    return {key: value for key, value in config.items() if finite(value)}


def kept():
    """Few steps, for the size of the file; 37 of them once for each scheduler."""
    source = random.Random(0)
    yield from swaps(6)
    for name in OPTIONS:
        yield name, dict(STABLE, skip_prk_steps=True, clip_sample=False, timestep_spacing="trailing"), 37
        for _ in range(16):
            yield drawn(source, name, STEPS[:8])


def cases(kind, seed=0, count=100):
    source = random.Random(seed)
    if kind == "fixture":
        yield from kept()
        return
    if kind == "matrix":
        yield from spaced()
        yield from sigma_spaced()
        yield from swaps(20)
        for name in OPTIONS:
            for _ in range(count):
                yield drawn(source, name)
    elif kind == "random":
        for name in itertools.islice(itertools.cycle(OPTIONS), count):
            yield drawn(source, name)
    else:
        raise SystemExit(__doc__)


def main(arguments):
    if arguments[0] == "random":
        chosen = cases("random", int(arguments[1]), int(arguments[2]))
    else:
        chosen = cases(arguments[0])
    ran = [run(*case) for case in chosen]
    written = [case for case in ran if "error" not in case]
    pathlib.Path(arguments[-1]).write_text(json.dumps(dict(cases=written), separators=(",", ":")) + "\n")
    print(f"{len(written)} cases; without a run in diffusers:")
    errors = collections.Counter(f"{case['scheduler']}: {case['error'][:90]}" for case in ran if "error" in case)
    for error, count in errors.most_common():
        print(f"{count:5d} {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
