"""Makes recorded calls of the op library on fake CUDA tensors: shapes, types, devices and the choice
of operators are those of a GPU, nothing is computed, and no GPU or driver is needed.

usage: fake_cuda.py OPS_FOLDER CHAPTERS CALLS...

CHAPTERS are the names of the chapters, with commas. CALLS are files of CallRecorder, named
WHAT.PRECISION.jsonl. Needs a CUDA build of torch; operators' kernels are those of that version.

Prints a line for each file: operators that reach the device (each is a kernel launch or more), and
how many of them are of the forward and the backward pass. Fails, naming the call, when an operator
has no CUDA kernel, when types or devices do not fit, when something would copy to the host, or when
the only kernel adds in an order that changes from run to run.
"""

import collections
import ctypes
import io
import json
import pathlib
import sys
import zipfile

import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode, unset_fake_temporarily
from torch.utils._python_dispatch import TorchDispatchMode

TYPES = {
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float64": torch.float64,
    "int32": torch.int32,
    "int64": torch.int64,
}
KERNELS = (
    "CUDA",
    "CompositeExplicitAutograd",
    "CompositeImplicitAutograd",
    "CompositeExplicitAutogradNonFunctional",
)
# Operators that wait for the GPU, to know a number or a size.
TO_HOST = ("_local_scalar_dense", "item", "nonzero", "is_nonzero", "equal", "masked_select", "unique")
# Operators whose CUDA kernel adds in an order that changes, with no other kernel in its place: what
# torch.use_deterministic_algorithms lists as "will throw", of torch 2.7.
WITHOUT_FIXED_ORDER = (
    "adaptive_avg_pool3d_backward", "_adaptive_avg_pool2d_backward", "_adaptive_avg_pool3d_backward",
    "adaptive_max_pool2d_backward", "avg_pool3d_backward", "fractional_max_pool2d_backward",
    "fractional_max_pool3d_backward", "max_pool3d_with_indices_backward", "max_unpool2d",
    "max_unpool3d", "reflection_pad1d_backward", "reflection_pad2d_backward",
    "reflection_pad3d_backward", "replication_pad1d_backward", "replication_pad2d_backward",
    "replication_pad3d_backward", "nll_loss2d_forward", "nll_loss2d_backward", "_ctc_loss_backward",
    "upsample_linear1d_backward", "upsample_bilinear2d_backward", "_upsample_bilinear2d_aa_backward",
    "upsample_bicubic2d_backward", "_upsample_bicubic2d_aa_backward", "upsample_trilinear3d_backward",
    "grid_sampler_2d_backward", "grid_sampler_3d_backward", "put_", "put", "histc", "kthvalue",
    "bincount", "_bincount_cuda", "cumsum", "cumsum_", "median", "scatter_reduce", "scatter_reduce_",
)
# A view, or a question about a tensor, launches nothing.
VIEWS = ("view", "_unsafe_view", "expand", "transpose", "t", "permute", "slice", "select", "split",
         "unsqueeze", "squeeze", "as_strided", "detach", "alias", "empty", "empty_like", "unbind",
         "empty_strided", "_reshape_alias", "new_empty", "chunk", "size", "stride", "lift_fresh")


def choose_attention(library):
    """The driver is asked which attention kernel fits a card; without one: as on cards since 2020."""

    def attention(q, k, v, bias=None, dropout=0.0, causal=False, *, scale=None, enable_gqa=False):
        if bias is None and q.dtype != torch.float32:
            return torch.ops.aten._scaled_dot_product_flash_attention(
                q, k, v, dropout, causal, False, scale=scale)[0]
        if bias is not None:
            bias = bias.expand(q.size(0), q.size(1), q.size(2), k.size(2))
        return torch.ops.aten._scaled_dot_product_efficient_attention(
            q, k, v, bias, torch.is_grad_enabled(), dropout, causal, scale=scale)[0]

    for key in ("CUDA", "AutogradCUDA"):
        library.impl("scaled_dot_product_attention", attention, key)


def ask_no_driver():
    """Autograd asks the driver for the streams of a GPU. Newer versions of torch can be told not to;
    in others the guard of devices without streams takes the place of that for GPUs."""
    if hasattr(torch._C, "_ensureCUDADeviceGuardSet"):
        torch._C._ensureCUDADeviceGuardSet()
        return
    c10 = ctypes.CDLL(str(pathlib.Path(torch.__file__).parent / "lib" / "libc10.so"))
    guards = (ctypes.c_void_p * 21).in_dll(c10, "_ZN3c104impl26device_guard_impl_registryE")
    cuda, meta = 1, 14
    guards[cuda] = guards[meta]


def choose_convolution():
    """Whether cuDNN computes convolutions of bf16 is asked of the driver; as on cards since 2020, which
    do. Convolutions of fp16 are chosen without it."""
    choose = torch._C._select_conv_backend

    def half(x):
        return x.half() if isinstance(x, torch.Tensor) and x.dtype == torch.bfloat16 else x

    def chosen(*args, **kwargs):
        return choose(*map(half, args), **{name: half(x) for name, x in kwargs.items()})

    torch._C._select_conv_backend = chosen


def has_kernel(operator):
    name = operator.name()
    for key in KERNELS:
        try:
            if torch._C._dispatch_has_kernel_for_dispatch_key(name, key):
                return True
        except RuntimeError:
            return False
    return False


class Launches(TorchDispatchMode):
    """Counts the operators that reach the device, and remembers what would go wrong there."""

    def __init__(self):
        super().__init__()
        self.counts = collections.Counter()
        self.faults = set()

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        tensors = [x for x in torch.utils._pytree.tree_leaves((args, kwargs))
                   if isinstance(x, torch.Tensor)]
        if tensors and not any(isinstance(x, FakeTensor) for x in tensors):
            with unset_fake_temporarily():  # numbers of a block, which are on the CPU
                return operator(*args, **kwargs)
        packet = operator.overloadpacket.__name__
        on_device = [x for x in tensors if isinstance(x, FakeTensor) and x.device.type == "cuda"]
        if operator.namespace == "aten" and on_device:
            if any(packet == name or packet.startswith(name + ".") for name in TO_HOST):
                self.faults.add(f"{operator} waits for the GPU")
            if packet in WITHOUT_FIXED_ORDER:
                self.faults.add(f"{operator} adds in no fixed order")
            if not has_kernel(operator):
                self.faults.add(f"{operator} has no CUDA kernel")
            if packet not in VIEWS:
                self.counts[packet] += 1
        result = operator(*args, **kwargs)
        if on_device:
            for x in torch.utils._pytree.tree_leaves(result):
                if isinstance(x, torch.Tensor) and x.device.type != "cuda":
                    self.faults.add(f"{operator} copies to the host")
        return result


def archive(folder, chapters):
    head = "class Ops(Module):\n"
    texts = [(folder / f"{name}.py").read_text() for name in chapters]
    source = "\n".join([texts[0]] + [text.replace(head, "") for text in texts[1:]])

    def attribute(name, value):
        return "X" + chr(len(name)) + "\0\0\0" + name + ("\x88" if value else "\x89")

    attributes = (("training", True), ("emulates_bf16", False), ("wide_vectors", True))
    pickled = "\x80\x02c__torch__\nOps\n)\x81}("
    pickled += "".join(attribute(*it) for it in attributes) + "ub."
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as zipped:
        for name, content in (
            ("data.pkl", pickled.encode("latin1")),
            ("code/__torch__.py", source.encode()),
            ("constants.pkl", b"\x80\x02)."),
            ("version", b"10\n"),
        ):
            zipped.writestr("ops/" + name, content)
    packed.seek(0)
    return torch.jit.load(packed)


def tensor(recorded, name):
    kind = TYPES[recorded["type"]]
    if kind == torch.float64:  # attrs
        with unset_fake_temporarily():
            values = torch.tensor(recorded["values"], dtype=kind)
            if name == "attention":
                values[2] = 0  # no slices: the fused kernel is what a GPU has
            return values
    made = torch.empty(recorded["shape"], dtype=kind, device="cuda")
    return made.requires_grad_() if recorded["leaf"] else made


def arguments(method, call):
    """The arguments by position, fakes of what was recorded."""
    names = [argument.name for argument in method.schema.arguments][1:]
    kinds = [str(argument.type) for argument in method.schema.arguments][1:]
    values = [[] if kind.startswith("List") else None for kind in kinds]
    for entry in call["arguments"]:
        at = int("".join(c for c in entry["argument"] if c.isdigit()))
        made = tensor(entry["tensor"], names[at])
        if entry["argument"].startswith("list"):
            values[at].append(made)
        else:
            values[at] = made
    return values


def backward_of(result):
    """Runs autograd's operators from a result to its leaves, in the order of the graph. Autograd's own
    engine would ask the driver for the GPU's context."""
    graph, users = [result.grad_fn], collections.Counter()
    seen = {result.grad_fn}
    for node in graph:
        for following, _ in node.next_functions:
            if following is not None:
                users[following] += 1
                if following not in seen:
                    seen.add(following)
                    graph.append(following)
    gradients = collections.defaultdict(dict)
    gradients[result.grad_fn][result.output_nr] = torch.empty_like(result)
    ready = [result.grad_fn]
    while ready:
        node = ready.pop()
        given = gradients.pop(node, {})
        if given and node.name() != "torch::autograd::AccumulateGrad":
            made = node(*(given.get(i) for i in range(len(node._input_metadata))))
            made = made if isinstance(made, tuple) else (made,)
        else:
            made = (None,) * len(node.next_functions)
        for (following, at), gradient in zip(node.next_functions, made):
            if following is None:
                continue
            if gradient is not None:
                before = gradients[following].get(at)
                gradients[following][at] = gradient if before is None else before + gradient
            users[following] -= 1
            if users[following] == 0:
                ready.append(following)


def replay(ops, call):
    """Operators forward and backward, and faults."""
    method = ops._c._get_method(call["method"])
    faults = set()
    with FakeTensorMode(allow_non_fake_inputs=True):
        values = arguments(method, call)
        forward, backward = Launches(), Launches()
        try:
            with torch.set_grad_enabled(call["recorded"]), forward:
                result = method(*values)
            if isinstance(result, torch.Tensor) and result.requires_grad:
                with torch.no_grad(), backward:
                    backward_of(result)
        except Exception as error:  # whatever it is, a GPU would not compute this
            lines = [line for line in str(error).splitlines() if line.strip(" ~^")]
            told = [line for line in lines if "rror: " in line and not line.strip().endswith(":")]
            faults.add((told or lines)[-1].strip())
    faults |= forward.faults | backward.faults
    times = call["times"]
    return (
        collections.Counter({k: v * times for k, v in forward.counts.items()}),
        collections.Counter({k: v * times for k, v in backward.counts.items()}),
        faults,
    )


def main():
    ask_no_driver()
    torch._C._jit_set_profiling_executor(False)
    torch._C._set_graph_executor_optimize(False)
    library = torch.library.Library("aten", "IMPL")
    choose_attention(library)
    choose_convolution()
    ops = archive(pathlib.Path(sys.argv[1]), sys.argv[2].split(","))
    print(f"torch {torch.__version__}, CUDA {torch.version.cuda}")
    failed = False
    for file in map(pathlib.Path, sys.argv[3:]):
        forward, backward, calls = collections.Counter(), collections.Counter(), 0
        faults = collections.defaultdict(set)
        for line in file.read_text().splitlines():
            call = json.loads(line)
            calls += call["times"]
            there, back, wrong = replay(ops, call)
            forward += there
            backward += back
            for fault in wrong:
                faults[fault].add(call["method"])
        both = forward.total() + backward.total()
        name = file.name.removesuffix(".jsonl")
        print(f"{name}: {calls} calls, {both} operators, {backward.total()} by autograd")
        for fault, methods in sorted(faults.items()):
            failed = True
            print(f"{name}: FAULT in {', '.join(sorted(methods))}: {fault}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
