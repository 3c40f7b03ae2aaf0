"""Outputs of the public re-implementations of the two other cross-attention blocks.

    pip download --no-deps dalle2-pytorch==1.15.6 parti-pytorch==0.2.0 einops -d wheels
    for w in wheels/*.whl; do unzip -q $w -d packages; done
    PYTHONPATH=packages python make_attention_fixture.py packages attention-blocks.safetensors

Only the classes needed are taken from the packages' files: the packages themselves ask for far more
than an attention. Tensors are named as `nn.CosineAttention` and `nn.MultiQueryAttention` name them.
"""

import ast
import math
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from einops.layers.torch import Rearrange
from safetensors.torch import save_file
from torch import einsum, nn

CHANNELS, HEADS, WIDTH, CONTEXT, TOKENS, WORDS = 16, 4, 4, 10, 6, 5
MASK = torch.tensor([[True, False, True, True, False], [False] * WORDS])


def definitions(path, names):
    """The functions and classes of these names, run with the imports of this file."""
    tree = ast.parse(Path(path).read_text())
    chosen = [node for node in tree.body if getattr(node, "name", None) in names]
    scope = dict(
        math=math, torch=torch, F=F, nn=nn, einsum=einsum,
        rearrange=rearrange, repeat=repeat, Rearrange=Rearrange,
    )
    exec(compile(ast.Module(chosen, []), str(path), "exec"), scope)
    return scope


def randomised(block, generator):
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return block


def main(packages, target):
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(2, TOKENS, CHANNELS, generator=generator)
    context = torch.randn(2, WORDS, CONTEXT, generator=generator)
    zeros = torch.zeros
    tensors = {"hidden": hidden, "context": context, "mask": MASK.float()}
    sizes = dict(context_dim=CONTEXT, dim_head=WIDTH, heads=HEADS)

    names = {"exists", "default", "l2norm", "LayerNorm", "CrossAttention"}
    scope = definitions(f"{packages}/dalle2_pytorch/dalle2_pytorch.py", names)
    block = randomised(scope["CrossAttention"](CHANNELS, cosine_sim=True, **sizes), generator)
    tensors |= {
        "cosine.norm2.weight": block.norm.g,
        "cosine.norm2.bias": zeros(CHANNELS),
        "cosine.attn2.null_kv": block.null_kv,
        "cosine.attn2.to_q.weight": block.to_q.weight,
        "cosine.attn2.to_kv.weight": block.to_kv.weight,
        "cosine.attn2.to_out.0.weight": block.to_out[0].weight,
        "cosine.attn2.to_out.1.weight": block.to_out[1].g,
        "cosine.attn2.to_out.1.bias": zeros(CHANNELS),
        "cosine.out": hidden + block(hidden, context),
        "cosine.masked": hidden + block(hidden, context, mask=MASK),
    }

    names = {"exists", "default", "LayerNorm", "Attention"}
    scope = definitions(f"{packages}/parti_pytorch/parti_pytorch.py", names)
    block = randomised(scope["Attention"](CHANNELS, norm_context=True, **sizes), generator)
    # One tensor serves as key and as value there.
    tensors |= {
        "multi_query.norm2.weight": block.norm.gamma,
        "multi_query.norm2.bias": zeros(CHANNELS),
        "multi_query.attn2.norm_context.weight": block.norm_context.gamma,
        "multi_query.attn2.norm_context.bias": zeros(CONTEXT),
        "multi_query.attn2.null_kv": torch.stack([block.null_kv] * 2),
        "multi_query.attn2.to_q.weight": block.to_q[1].weight,
        "multi_query.attn2.to_kv.weight": torch.cat([block.to_kv[1].weight] * 2),
        "multi_query.attn2.to_out.0.weight": block.to_out[1].weight,
        "multi_query.out": hidden + block(hidden, context),
        "multi_query.masked": hidden + block(hidden, context, context_mask=MASK),
    }
    save_file({name: t.detach().contiguous().clone() for name, t in tensors.items()}, target)


if __name__ == "__main__":
    main(*sys.argv[1:])
