"""Counts the operators of diffusers' LoRA gradient on fake CUDA tensors, as fake_cuda.py counts ours.

usage: fake_cuda_diffusers.py UNET_FOLDER fp16|bf16|fp32 BATCH LATENT_SIDE

As train_text_to_image_lora.py: frozen weights in half precision, LoRA of rank 4 on the attentions in fp32, autocast.
The UNet, the loss and backward are counted. Needs a CUDA build of torch, but neither a GPU nor a driver.
"""

import sys

import torch
from diffusers import UNet2DConditionModel, __version__
from fake_cuda import Launches, ask_no_driver, backward_of, choose_attention
from peft import LoraConfig
from torch._subclasses.fake_tensor import FakeTensorMode

HALF = {"fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}


def network(folder, kind):
    unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(folder))
    unet.requires_grad_(False)
    unet.add_adapter(
        LoraConfig(r=4, lora_alpha=4, target_modules=["to_k", "to_q", "to_v", "to_out.0"])
    )
    for module in unet.modules():
        for name, weight in module._parameters.items():
            if weight is not None:  # PEFT may have put it on another device
                trained = weight.requires_grad
                made = torch.empty(weight.shape, dtype=torch.float32 if trained else kind, device="cuda")
                module._parameters[name] = torch.nn.Parameter(made, requires_grad=trained)
    return unet.train()


def count(unet, kind, batch, side):
    counter = Launches()
    noisy = torch.empty(batch, unet.config.in_channels, side, side, dtype=kind, device="cuda")
    words = torch.empty(batch, 77, unet.config.cross_attention_dim, dtype=kind, device="cuda")
    target = torch.empty_like(noisy, dtype=torch.float32)
    times = torch.zeros(batch, dtype=torch.int64, device="cuda")
    torch.set_autocast_dtype("cuda", kind)
    torch.set_autocast_enabled("cuda", kind != torch.float32)  # torch.autocast would ask for a GPU
    with counter:
        predicted = unet(noisy, times, words).sample
        loss = torch.nn.functional.mse_loss(predicted.float(), target)
    torch.set_autocast_enabled("cuda", False)
    torch.clear_autocast_cache()
    forward = counter.counts.total()
    with counter, torch.no_grad():
        backward_of(loss)
    return forward, counter.counts.total() - forward, counter.faults


def main():
    folder, name, batch, side = sys.argv[1:]
    ask_no_driver()
    library = torch.library.Library("aten", "IMPL")
    choose_attention(library)
    torch.backends.cudnn.enabled = False  # asks the driver; a convolution is one operator anyway
    print(f"torch {torch.__version__}, diffusers {__version__}")
    with FakeTensorMode(allow_non_fake_inputs=True):
        unet = network(folder, HALF[name])
        forward, backward, faults = count(unet, HALF[name], int(batch), int(side))
    print(f"diffusers {name}: {forward + backward} operators, {backward} backward", *sorted(faults))


if __name__ == "__main__":
    main()
