"""Steps of diffusers and of this project by turns; called by `jobs/bench-against-diffusers`.

Usage: bench_against_diffusers.py [options] MODEL -- OUR COMMAND
For each precision and mode it starts both sides, lets one load after the other, and then asks them for a step by
turns, so that whatever else the machine does meets both. Each round gives a ratio, ours to theirs; the table has
their median and range. Peak memory is each process's own (VmHWM): of loading, and of the steps after it.
"""

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

HERE = Path(__file__).parent
STORED = {"fp32": torch.float32, "bf16": torch.bfloat16}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path, help="diffusers folder; where it has no weights, random ones are made")
    parser.add_argument("--scratch", type=Path, default=Path("target/bench-against-diffusers"))
    parser.add_argument("--precision", default="bf16,fp32")
    parser.add_argument("--mode", default="given,script")
    parser.add_argument("--resolution", type=int, default=512)
    parser.add_argument("--rank", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--output_file", type=Path)
    split = sys.argv.index("--")
    parsed = parser.parse_args(sys.argv[1:split])
    parsed.ours = sys.argv[split + 1 :]
    return parsed


def has_weights(model):
    return any(next((model / "unet").glob("*" + kind), None) for kind in (".safetensors", ".bin"))


def random_model(layout, folder, dtype):
    """Copies the layout and adds random weights, as torch and transformers initialise them."""
    if (folder / "complete").exists():
        return
    print(f"Making random weights for {layout} in {folder}", file=sys.stderr)
    vae_config = json.loads((layout / "vae/config.json").read_text())
    vae_class = {"AutoencoderKL": AutoencoderKL, "AutoencoderTiny": AutoencoderTiny}[vae_config["_class_name"]]
    networks = {
        "unet": lambda: UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(layout / "unet")),
        "vae": lambda: vae_class.from_config(vae_config),
        "text_encoder": lambda: CLIPTextModel(CLIPTextConfig.from_pretrained(layout / "text_encoder")),
    }
    if (layout / "text_encoder_2").exists():
        networks["text_encoder_2"] = lambda: CLIPTextModelWithProjection(
            CLIPTextConfig.from_pretrained(layout / "text_encoder_2")
        )
    shutil.copytree(layout, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    torch.manual_seed(0)
    torch.set_default_dtype(dtype)  # SDXL in fp32 would need 10 GB here
    for name, make in networks.items():
        make().to(dtype).save_pretrained(folder / name)
    torch.set_default_dtype(torch.float32)
    (folder / "complete").touch()


class Side:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, what):
        print(what, file=self.process.stdin, flush=True)
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise SystemExit(f"{self.process.args[0]} ended: exit code {self.process.wait()}")

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)


def run(args, model, precision, mode):
    flags = [str(model), mode, precision, str(args.resolution), str(args.rank), str(args.threads)]
    sides = {
        "diffusers": Side([sys.executable, str(HERE / "diffusers_steps.py"), *flags]),
        "ours": Side([*args.ours, *flags]),
    }
    loaded = {name: side.ask("load") for name, side in sides.items()}
    warm = {name: side.ask("step") for name, side in sides.items()}
    rounds = []
    for _ in range(args.steps):
        rounds.append({name: side.ask("step") for name, side in sides.items()})
        print(precision, mode, {n: round(s["step"], 2) for n, s in rounds[-1].items()}, file=sys.stderr)
    for side in sides.values():
        side.end()
    return {"precision": precision, "mode": mode, "model": str(model), "loaded": loaded, "warm_up": warm, "rounds": rounds}


def median(result, side, field):
    return statistics.median(r[side][field] for r in result["rounds"])


def peaks_of(result, side):
    """Of the steps, and of loading and steps."""
    steps = result["rounds"][-1][side]["peak"]
    return steps, max(steps, result["loaded"][side]["peak"])


def spread(ratios):
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def tables(results):
    yield "| precision | mode | | step s | forward | backward | update | peak of steps, GiB | peak of the process |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for result in results:
        for side in ("diffusers", "ours"):
            times = " | ".join(f"{median(result, side, f):.2f}" for f in ("step", "forward", "backward", "update"))
            peaks = " | ".join(f"{peak:.2f}" for peak in peaks_of(result, side))
            yield f"| {result['precision']} | {result['mode']} | {side} | {times} | {peaks} |"
        ratios = [
            spread([r["ours"][f] / r["diffusers"][f] for r in result["rounds"]]) for f in ("step", "forward", "backward")
        ]
        peaks = zip(peaks_of(result, "ours"), peaks_of(result, "diffusers"))
        of_peaks = " | ".join(f"{ours / theirs:.2f}" for ours, theirs in peaks)
        yield f"| {result['precision']} | {result['mode']} | **ratio** | {' | '.join(ratios)} | | {of_peaks} |"
    yield ""
    yield "| precision | networks | | loading s | with the first step | resident before, GiB | after loading | peak of loading |"
    yield "|---|---|---|---|---|---|---|---|"
    for result in results:
        networks = {"given": "UNet", "script": "all it trains with"}[result["mode"]]
        for side in ("diffusers", "ours"):
            at = result["loaded"][side]
            first = at["seconds"] + result["warm_up"][side]["step"]
            numbers = " | ".join(f"{n:.2f}" for n in (at["seconds"], first, at["before"], at["resident"], at["peak"]))
            yield f"| {result['precision']} | {networks} | {side} | {numbers} |"


def machine():
    with open("/proc/cpuinfo") as lines:
        names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {len(names)} logical processors"


def main():
    args = arguments()
    results = []
    for precision in args.precision.split(","):
        model = args.model
        if not has_weights(model):
            model = args.scratch / args.model.resolve().name / precision
            random_model(args.model, model, STORED[precision])
        for mode in args.mode.split(","):
            results.append(run(args, model, precision, mode))
    versions = ", ".join(f"{name} {version(name)}" for name in ("diffusers", "peft", "accelerate", "torch"))
    print(
        f"{args.resolution} px, batch 1, rank {args.rank}, {args.threads} threads, medians of {args.steps} steps a side"
        f" taken by turns after one to warm up; ratios: median (least to most). {machine()}; {versions}.\n"
    )
    print("\n".join(tables(results)))
    if args.output_file:
        args.output_file.write_text(json.dumps({"machine": machine(), "versions": versions, "results": results}, indent=1))


main()
