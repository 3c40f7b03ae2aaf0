"""Best approximations of low-rank updates by torch, to compare with ours.

python truncated_svd.py FACTORS.safetensors RANK OUT.safetensors
FACTORS holds NAME.A and NAME.B in fp32; OUT gets the singular values of B A in fp64 as NAME.values
and B A cut to the rank as NAME.best, in fp32.
"""

import sys

import torch
from safetensors.torch import load_file, save_file

torch.set_num_threads(1)
factors, rank, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
tensors = load_file(factors)
results = {}
for name in {key[:-2] for key in tensors}:
    update = tensors[name + ".B"].double() @ tensors[name + ".A"].double()
    u, s, v = torch.linalg.svd(update, full_matrices=False)
    results[name + ".values"] = s
    results[name + ".best"] = ((u[:, :rank] * s[:rank]) @ v[:rank]).float()
save_file(results, out)
