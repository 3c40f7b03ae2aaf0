"""Writes src/test/resources/train/modes.{json,safetensors}: what PEFT and torch make of every
trainable on the tiny model golden/sd15, at its latents, noise and timesteps.

Run: python src/test/python/mode_fixtures.py (torch 2.15, diffusers 0.42.1, transformers 5.23 and
peft 0.21.2 made the committed ones).

A mode is a run of ten AdamW steps on one micro-batch. Its gradients are those of the first step (of
each phase); of a low-rank tensor the norm, the value in the middle and the last one stand for the
whole, token rows are whole.
The safetensors file holds the text encoder's low-rank start, its whole gradient in the mode
text_encoder_and_unet, and the ids of the captions with placeholders.
"""

import json
import pathlib

import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler, UNet2DConditionModel
from peft import LoraConfig
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel, CLIPTokenizer

TESTS = pathlib.Path(__file__).parents[1]
GOLDEN = TESTS / "resources" / "golden" / "sd15"
TOKENIZER = TESTS.parent / "quickstart" / "base-model" / "tokenizer"
OUT = TESTS / "resources" / "train"
STEPS = 10
PLACEHOLDER, INITIALIZER = "<cat-toy>", "toy"
TEMPLATES = ["a photo of a {}", "a rendering of the {}", "a close-up photo of my {}", "{} and a dog, {}"]
TEXT_LORA = dict(r=2, lora_alpha=3, target_modules=["q_proj", "k_proj", "v_proj", "out_proj"])
UNET_LORA = dict(r=4, lora_alpha=8, target_modules=["to_q", "to_k", "to_v", "to_out.0"])

torch.set_num_threads(1)
data = load_file(GOLDEN / "golden.safetensors")
scheduler = DDPMScheduler.from_pretrained(GOLDEN / "model", subfolder="scheduler")
LATENTS, NOISE, TIMESTEPS = (data["train." + name] for name in ("latents", "noise", "timesteps"))
NOISY = scheduler.add_noise(LATENTS, NOISE, TIMESTEPS)


def key(network, name):
    """PEFT's key with the network before it, as diffusers saves it, whatever transformers nests."""
    name = name.replace(".default", "")
    return f"{network}.{name if network == 'unet' or name.startswith('text_model.') else 'text_model.' + name}"


class Networks:
    """A fresh UNet and text encoder, and the tensors of each that are trained."""

    def __init__(self):
        self.unet = UNet2DConditionModel.from_pretrained(GOLDEN / "model", subfolder="unet", torch_dtype=torch.float32)
        self.text = CLIPTextModel.from_pretrained(GOLDEN / "model", subfolder="text_encoder", torch_dtype=torch.float32)
        self.unet.requires_grad_(False).eval()
        self.text.requires_grad_(False).eval()
        self.lora = {"unet": {}, "text_encoder": {}}
        self.token_ids = []

    def adapt(self, network, start):
        model = self.unet if network == "unet" else self.text
        options = UNET_LORA if network == "unet" else TEXT_LORA
        model.add_adapter(LoraConfig(**options, init_lora_weights="gaussian"))
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                if start is not None:
                    parameter.data = start[key(network, name)].clone()
                self.lora[network][key(network, name)] = parameter
        return self

    def add_tokens(self, vectors):
        self.tokenizer = CLIPTokenizer.from_pretrained(TOKENIZER)
        tokens = [PLACEHOLDER] + [f"{PLACEHOLDER}_{i}" for i in range(1, vectors)]
        assert self.tokenizer.add_tokens(tokens) == vectors
        (initializer,) = self.tokenizer.encode(INITIALIZER, add_special_tokens=False)
        self.token_ids = self.tokenizer.convert_tokens_to_ids(tokens)
        self.text.resize_token_embeddings(len(self.tokenizer))
        self.embedding = self.text.get_input_embeddings().weight
        self.embedding.data[self.token_ids] = self.embedding.data[initializer].clone()
        self.originals = self.embedding.data.clone()
        captions = [t.replace("{}", " ".join(tokens)) for t in TEMPLATES]
        padded = self.tokenizer(captions, padding="max_length", truncation=True, return_tensors="pt")
        return padded.input_ids

    def loss(self, ids, prior_loss_weight):
        context = self.text(ids)[0]
        prediction = self.unet(NOISY, TIMESTEPS, context).sample
        if prior_loss_weight is None:
            return F.mse_loss(prediction, NOISE)
        instance, prior = prediction.chunk(2)
        target, prior_target = NOISE.chunk(2)
        return F.mse_loss(instance, target) + prior_loss_weight * F.mse_loss(prior, prior_target)

    def parameters(self, part):
        return [self.embedding] if part == "tokens" else list(self.lora[part].values())

    def only_new_rows(self):
        """The script restores the other rows after a step; so too their gradient is no part of the norm."""
        others = torch.ones(len(self.embedding), dtype=torch.bool)
        others[self.token_ids] = False
        return others

    def probes(self, of):
        found = {}
        for part in self.lora.values():
            for name, parameter in part.items():
                values = of(parameter)
                if values is not None:
                    flat = values.flatten()
                    found[name] = [flat.double().norm().item()] + [flat[len(flat) // 2].item(), flat[-1].item()]
        if self.token_ids and of(self.embedding) is not None:
            found["tokens"] = of(self.embedding)[self.token_ids].tolist()
        return found


def phase(networks, ids, steps, rates, max_grad_norm, weight_decay, prior_loss_weight=None):
    """rates: learning rate by part, of the parts that are trained."""
    groups = [{"params": networks.parameters(part), "lr": rate} for part, rate in rates.items()]
    for group in groups:
        for parameter in group["params"]:
            parameter.requires_grad_(True)
    optimizer = torch.optim.AdamW(groups, weight_decay=weight_decay)
    trained = [p for g in groups for p in g["params"]]
    trace, first = [], None
    for _ in range(steps):
        optimizer.zero_grad()
        loss = networks.loss(ids, prior_loss_weight)
        loss.backward()
        if "tokens" in rates:
            networks.embedding.grad[networks.only_new_rows()] = 0
        if first is None:
            first = networks.probes(lambda p: None if p.grad is None else p.grad.detach().clone())
            first_text = {n: p.grad.clone() for n, p in networks.lora["text_encoder"].items() if p.grad is not None}
        trace.append([loss.item(), torch.nn.utils.clip_grad_norm_(trained, max_grad_norm).item()])
        optimizer.step()
        if "tokens" in rates:
            others = networks.only_new_rows()
            with torch.no_grad():
                networks.embedding[others] = networks.originals[others]
    for parameter in trained:
        parameter.requires_grad_(False)
        parameter.grad = None
    settings = dict(steps=steps, learning_rates=rates, max_grad_norm=max_grad_norm, weight_decay=weight_decay)
    if prior_loss_weight is not None:
        settings["prior_loss_weight"] = prior_loss_weight
    record = dict(settings, trace=trace, gradient=first, final=networks.probes(lambda p: p.detach()))
    return record, first_text


torch.manual_seed(11)
UNET_START = load_file(GOLDEN / "adapter_start.safetensors")
# PEFT's own start; a B of zeros would leave A without a gradient.
TEXT_START = {n: p.detach().clone() for n, p in Networks().adapt("text_encoder", None).lora["text_encoder"].items()}
for name, values in TEXT_START.items():
    if "lora_B" in name:
        TEXT_START[name] = torch.randn_like(values) * 0.05


def adapted(*names):
    networks = Networks()
    for name in names:
        networks.adapt(name, UNET_START if name == "unet" else TEXT_START)
    return networks


modes, tensors = {}, {"text_start." + n: p for n, p in TEXT_START.items()}
IDS = data["text.input_ids"]


def simple(name, networks, ids, **options):
    record, text_gradient = phase(networks, ids, STEPS, **options)
    modes[name] = [record]
    return text_gradient


BOTH = ("unet", "text_encoder")
gradient = simple(
    "text_encoder_and_unet", adapted(*BOTH), IDS,
    rates={"unet": 1e-3, "text_encoder": 1e-3}, max_grad_norm=0.03, weight_decay=1e-2,
)
tensors |= {"text_gradient." + n: g for n, g in gradient.items()}
simple(
    "text_encoder_alone", adapted("text_encoder"), IDS,
    rates={"text_encoder": 1e-3}, max_grad_norm=1e9, weight_decay=1e-2,
)
simple(
    "two_learning_rates", adapted(*BOTH), IDS,
    rates={"unet": 1e-3, "text_encoder": 5e-5}, max_grad_norm=1.0, weight_decay=1e-2,
)
for weight in (1.0, 0.5):
    for parts in (("unet",), BOTH):
        simple(
            f"prior_{weight}_{'_and_'.join(parts)}", adapted(*parts), IDS,
            rates=dict.fromkeys(parts, 1e-3), max_grad_norm=1.0, weight_decay=1e-2, prior_loss_weight=weight,
        )

for vectors in (1, 3):
    networks = Networks()
    ids = networks.add_tokens(vectors)
    tensors[f"token_ids.{vectors}"] = ids
    simple(f"textual_inversion_{vectors}", networks, ids, rates={"tokens": 5e-3}, max_grad_norm=1e9, weight_decay=1e-2)
    others = networks.only_new_rows()
    assert torch.equal(networks.embedding[others], networks.originals[others])

# cloneofsimo's lora_pti: an optimizer for the inversion, then another one for all that is tuned.
for name, going_on in (("pivotal_tokens_frozen", False), ("pivotal_tokens_going_on", True)):
    networks = Networks()
    ids = networks.add_tokens(1)
    inversion, _ = phase(networks, ids, 5, {"tokens": 5e-3}, 0.02, 1e-2)
    for part in BOTH:
        networks.adapt(part, UNET_START if part == "unet" else TEXT_START)
    rates = {"unet": 1e-3, "text_encoder": 3e-4} | ({"tokens": 5e-4} if going_on else {})
    tuning, _ = phase(networks, ids, 5, rates, 0.02, 1e-2)
    modes[name] = [inversion, tuning]


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.8g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return {k: rounded(v) for k, v in value.items()} if isinstance(value, dict) else value


document = dict(
    placeholder_token=PLACEHOLDER,
    initializer_token=INITIALIZER,
    unet_lora=UNET_LORA,
    text_encoder_lora=TEXT_LORA,
    modes=rounded(modes),
)
(OUT / "modes.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")
save_file({k: t.contiguous() for k, t in tensors.items()}, OUT / "modes.safetensors", {"format": "pt"})
