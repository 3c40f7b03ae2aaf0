# The op library: TorchScript, compiled by libtorch when a worker starts.
#
# Each file of this folder is a chapter about one kind of block. ScriptArchive joins them to one
# class, since libtorch looks up methods in one class. This chapter is the first: it holds what all
# others use. The others are in an order to read them in; the calls between them need no order.
#
# One method is one block of a network. Java then pays for one call per block, and what a block
# needs only inside is freed inside. These are the conventions of the arguments:
#
#   layer    List[Tensor]: [weight, bias], then the seven tensors of each adapter on the layer, in the
#            order of the type Adapter. What is absent is a tensor without elements
#   attrs    float64 vector on the CPU with the numbers of a block. The method names them
#   context  [words, mask], what a picture attends to
#   kept     what NAME_kept gave beside its result
#
# A block of the UNet has three methods. NAME computes it. NAME_kept gives [result] and what
# NAME_backward needs beside the inputs of the block. NAME_backward takes the gradient g of the
# result and gives the gradients of the inputs, then those of A, B and any magnitude of every
# adapter, in the order of the layers. Weights are frozen, so this keeps much less than autograd
# does. NAME_kept and NAME_backward are for use without autograd.


# The low-rank update of a layer: scale B A x. A is [rank, in] or [rank, in, k, k], B is [out, rank]
# or [out, rank, 1, 1], both fp32. These may be without elements:
#   dropout    int64 [1 + batch]: the keep threshold in units of 2^-32, then one key per sample
#   magnitude  [out], of DoRA
#   norm       [out], the norm of each row of weight + scale B A, where there is a magnitude; a number
#              of the step, which has no gradient
#   inner      int64 [3 + batch]: what is kept of the values of A x, of its ranks and of whole layers, in
#              units of 2^-32, then one key per sample
class Adapter(NamedTuple):
  a : Tensor
  b : Tensor
  scale : Tensor
  dropout : Tensor
  magnitude : Tensor
  norm : Tensor
  inner : Tensor


# How a convolution moves over a picture, in both directions. Linear layers do not read it.
class Window(NamedTuple):
  stride : int
  padding : int


class GroupNorm(NamedTuple):
  weight : Tensor
  bias : Tensor
  groups : int
  eps : float


# softmax(scale Q K^T) V over a number of heads.
#   rows    0 for the fused kernel; else how many of the batch * heads score matrices exist at once
#   upcast  whether it is computed in fp32
#   causal  whether a token sees only those before it
class AttentionKind(NamedTuple):
  heads : int
  scale : float
  rows : int
  upcast : bool
  causal : bool


class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  # what the processor has, see org.sparklora.tensor.Processor
  emulates_bf16 : bool
  wide_vectors : bool

  # Numbers by name. libtorch puts the body of a method in the place of its call, so that they cost
  # nothing.

  # torch's scalar types
  def int64(self) -> int:
    return 4

  def fp16(self) -> int:
    return 5

  def fp32(self) -> int:
    return 6

  def fp64(self) -> int:
    return 7

  def bf16(self) -> int:
    return 15

  # torch's memory format in which the channels of a pixel are neighbours
  def channels_last(self) -> int:
    return 2

  # the codes of org.sparklora.nn.Activation
  def silu(self) -> int:
    return 0

  def gelu(self) -> int:
    return 1

  def relu(self) -> int:
    return 2

  def mish(self) -> int:
    return 3

  def quick_gelu(self) -> int:
    return 4

  def gelu_tanh(self) -> int:
    return 5

  def no_activation(self) -> int:
    return -1

  def bias(self, layer: List[Tensor]) -> Optional[Tensor]:
    if torch.numel(layer[1]) > 0:
      return layer[1]
    return None

  def is_present(self, layer: List[Tensor]) -> bool:
    return torch.numel(layer[0]) > 0

  def is_adapted(self, layer: List[Tensor]) -> bool:
    return len(layer) > 2

  def adapters(self, layer: List[Tensor]) -> List[__torch__.Adapter]:
    found = annotate(List[__torch__.Adapter], [])
    for i in range((len(layer) - 2) // 7):
      at = 2 + 7 * i
      a, b, scale, dropout, magnitude, norm, inner = torch.slice(layer, at, at + 7)
      found.append(__torch__.Adapter(a, b, scale, dropout, magnitude, norm, inner))
    return found

  def has_magnitude(self, adapter: __torch__.Adapter) -> bool:
    return torch.numel(adapter.magnitude) > 0

  def drops(self, adapter: __torch__.Adapter) -> bool:
    return torch.numel(adapter.dropout) > 0

  def is_dora(self, layer: List[Tensor]) -> bool:
    for adapter in self.adapters(layer):
      if self.has_magnitude(adapter):
        return True
    return False

  def group_norm_of(self, norm: List[Tensor], attrs: Tensor) -> __torch__.GroupNorm:
    # attrs begin with groups and eps.
    return __torch__.GroupNorm(norm[0], norm[1], int(attrs[0]), float(attrs[1]))

  def activation_of(self, attrs: Tensor) -> int:
    # attrs go on with the activation after the norm.
    return int(attrs[2])

  def attention_of(self, attention: Tensor) -> __torch__.AttentionKind:
    return __torch__.AttentionKind(int(attention[0]), float(attention[1]), int(attention[2]), bool(attention[3]), bool(attention[4]))

  def nothing(self, like: Tensor) -> Tensor:
    # A tensor without elements, of the type and device of another.
    return torch.zeros([0], dtype=like.dtype, device=like.device)
