"""Writes the reference numbers of src/test/resources/train with torch and diffusers.

Run: python src/test/python/train_fixtures.py (torch 2.15, diffusers 0.42.1 made the committed ones).
"""

import json
import pathlib

import diffusers
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


def groups():
    """AdamW over parameter groups: each trained in a span of steps, counting its own updates, clipped together."""
    sizes = [9, 5, 12, 4, 7]
    offsets = [sum(sizes[:i]) for i in range(len(sizes))]
    settings = [
        dict(name="unet", tensors=[0, 2], lr=1e-3, scheduler="cosine", warmup=3, total=30, first=10, end=STEPS),
        dict(name="text_encoder", tensors=[1, 4], lr=2e-4, scheduler="linear", warmup=0, total=40, first=10, end=30),
        dict(name="tokens", tensors=[3], lr=5e-3, scheduler="constant", warmup=0, total=40, first=0, end=25),
    ]
    params = [torch.nn.Parameter(torch.tensor([start(o + i) for i in range(n)])) for o, n in zip(offsets, sizes)]
    optimizer = torch.optim.AdamW(
        [dict(params=[params[t] for t in group["tensors"]], lr=group["lr"]) for group in settings],
        betas=(0.9, 0.999),
        weight_decay=1e-2,
        eps=1e-8,
        foreach=False,
    )
    schedules = []
    for group in settings:
        scratch = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=group["lr"])
        scheduler = get_scheduler(
            group["scheduler"], scratch, num_warmup_steps=group["warmup"], num_training_steps=group["total"]
        )
        schedules.append((scratch, scheduler))
    norms, rates, after = [], [], {}
    for step in range(STEPS):
        optimizer.zero_grad(set_to_none=True)
        trained = [i for i, group in enumerate(settings) if group["first"] <= step < group["end"]]
        for i in trained:
            optimizer.param_groups[i]["lr"] = schedules[i][1].get_last_lr()[0]
            for t in settings[i]["tensors"]:
                params[t].grad = torch.tensor([gradient(step, offsets[t] + j) for j in range(sizes[t])])
        norms.append(torch.nn.utils.clip_grad_norm_(params, 0.05).item())
        rates.append({settings[i]["name"]: optimizer.param_groups[i]["lr"] for i in trained})
        optimizer.step()
        for i in trained:
            schedules[i][0].step()
            schedules[i][1].step()
        if step + 1 in (1, 10, 11, 25, 26, 30, 31, STEPS):
            after[step + 1] = torch.cat([p.detach() for p in params]).tolist()
    return [dict(sizes=sizes, groups=settings, max_grad_norm=0.05, norms=norms, rates=rates, after=after)]


def clipping():
    cases = []
    for max_norm in (0.01, 0.5, 1.0, 100.0):
        p = torch.nn.Parameter(torch.zeros(PARAMETERS))
        p.grad = torch.tensor([gradient(3, i) for i in range(PARAMETERS)])
        norm = torch.nn.utils.clip_grad_norm_([p], max_norm)
        cases.append(dict(max_norm=max_norm, norm=norm.item(), clipped=p.grad.tolist()))
    return cases


def step_rates():
    cases = []
    base, total = 3e-4, 24
    for rules in ("1:10,0.1:20,0.01", "0.25", "0:1,2:2,0.5:24,1"):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)
        scheduler = get_scheduler(
            "piecewise_constant", optimizer, step_rules=rules, num_warmup_steps=5, num_training_steps=total
        )
        rates = []
        for _ in range(total + 3):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        cases.append(dict(rules=rules, base=base, rates=rates))
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


STABLE = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")

# What the golden cases leave open: orders, spacings and endings, and few steps.
SAMPLERS = [
    ("DPMSolverMultistepScheduler", dict(solver_order=1), 7),
    ("DPMSolverMultistepScheduler", dict(solver_order=3), 7),
    ("DPMSolverMultistepScheduler", dict(solver_type="heun", timestep_spacing="leading", steps_offset=1), 20),
    ("DPMSolverMultistepScheduler", dict(solver_order=3, final_sigmas_type="sigma_min"), 20),
    ("DPMSolverMultistepScheduler", dict(final_sigmas_type="sigma_min", euler_at_final=True), 10),
    ("DPMSolverMultistepScheduler", dict(final_sigmas_type="sigma_min", lower_order_final=False), 10),
    ("DPMSolverMultistepScheduler", dict(use_exponential_sigmas=True), 12),
    ("DPMSolverMultistepScheduler", dict(algorithm_type="sde-dpmsolver++", solver_type="heun"), 20),
    ("DPMSolverMultistepScheduler", dict(algorithm_type="sde-dpmsolver++", solver_order=3), 20),
    ("DPMSolverMultistepScheduler", dict(beta_schedule="squaredcos_cap_v2", use_karras_sigmas=True), 9),
    ("DPMSolverMultistepScheduler", dict(prediction_type="sample"), 9),
    (
        "DPMSolverMultistepScheduler",
        dict(prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing"),
        9,
    ),
    ("DDIMScheduler", dict(timestep_spacing="linspace"), 30),
    ("DDIMScheduler", dict(clip_sample=False, prediction_type="sample", timestep_spacing="trailing"), 30),
    ("DDPMScheduler", dict(variance_type="fixed_large", timestep_spacing="trailing"), 30),
    ("DDPMScheduler", dict(clip_sample_range=2.0, prediction_type="v_prediction"), 1),
    ("PNDMScheduler", dict(skip_prk_steps=True, prediction_type="v_prediction", timestep_spacing="trailing"), 7),
    ("PNDMScheduler", dict(skip_prk_steps=True, set_alpha_to_one=True, timestep_spacing="linspace"), 2),
    ("EulerDiscreteScheduler", dict(timestep_spacing="leading", steps_offset=1), 30),
    ("EulerDiscreteScheduler", dict(final_sigmas_type="sigma_min", use_exponential_sigmas=True), 9),
    ("EulerDiscreteScheduler", dict(use_karras_sigmas=True, sigma_min=0.1, sigma_max=10.0), 9),
    (
        "EulerDiscreteScheduler",
        dict(prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing"),
        9,
    ),
    ("EulerDiscreteScheduler", dict(prediction_type="sample"), 9),
]


def samplers():
    cases = []
    for name, changes, steps in SAMPLERS:
        config = {**STABLE, **changes}
        scheduler = getattr(diffusers, name)(**config)
        scheduler.set_timesteps(steps)
        if hasattr(scheduler, "set_begin_index"):
            # Karras timesteps may begin with the same one twice, where the index is ambiguous.
            scheduler.set_begin_index(0)
        sigma = float(scheduler.init_noise_sigma)
        x = (torch.arange(768).reshape(3, 8, 8, 4) / 768).permute(3, 0, 1, 2) * sigma
        generator = torch.Generator().manual_seed(0)
        draws = {} if name in ("PNDMScheduler",) else dict(generator=generator)
        trace = []
        for t in scheduler.timesteps:
            scaled = scheduler.scale_model_input(x, t)
            x = scheduler.step(scaled * (t / (t + 1)), t, x, **draws).prev_sample
            trace.append([x.abs().double().mean().item(), x.flatten()[7].item()])
        cases.append(
            dict(
                scheduler=name,
                config=config,
                steps=steps,
                timesteps=[float(t) for t in scheduler.timesteps],
                init_noise_sigma=sigma,
                trajectory_mean_abs_and_element7=trace,
                final=x.flatten()[::48].tolist(),
            )
        )
    return dict(cases=cases)


def torch_random():
    cases = []
    for seed in (0, 42, 2**32 - 1, 123456789012):
        generator = torch.Generator().manual_seed(seed)
        draws = []
        for length in (16, 768, 35, 1600, 16384):
            x = torch.randn(length, generator=generator)
            draws.append(dict(length=length, last_16=x[-16:].tolist(), sum=x.double().sum().item()))
        cases.append(dict(seed=seed, draws=draws))
    return cases


def write(name, value):
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / name).write_text(json.dumps(value, indent=None, separators=(",", ":")) + "\n")


write("adamw.json", adamw())
write("clipping.json", clipping())
write("parameter_groups.json", groups())
write("learning_rates.json", learning_rates())
write("step_rates.json", step_rates())
write("noise_schedules.json", noise_schedules())
write("samplers.json", samplers())
write("torch_random.json", torch_random())
