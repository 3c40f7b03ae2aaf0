# Products of matrices, in the type of their operands or, where that is emulated, in fp32.
class Ops(Module):

  def widens(self, x: Tensor) -> bool:
    # Whether products and convolutions are computed in fp32 and rounded once: of bf16 on a CPU
    # without instructions for it, which computes them at a quarter of its rate for fp32 or slower, and
    # of fp16 on every CPU, so that its numbers are the same everywhere.
    emulated = x.dtype == self.fp16() or (self.emulates_bf16 and x.dtype == self.bf16())
    return emulated and not torch.is_grad_enabled() and not ops.prim.is_cuda(x)

  def in_type(self, bias: Optional[Tensor], type: int) -> Optional[Tensor]:
    if bias is None:
      return None
    return torch.to(bias, type)

  def product(self, x: Tensor, weight: Tensor, bias: Optional[Tensor]) -> Tensor:
    # In x's type, whatever type the weight is kept in. In fp32 on a CPU, torch asks MKL, which on
    # AMD's processors reaches less than half of oneDNN's rate. oneDNN's product has no formula for
    # autograd.
    weight = torch.to(weight, x.dtype)
    bias = self.in_type(bias, x.dtype)
    if x.dtype == self.fp32() and not torch.is_grad_enabled() and not ops.prim.is_cuda(x):
      return ops.mkldnn._linear_pointwise(x, weight, bias, "none", annotate(List[Optional[number]], []), "")
    return torch.linear(x, weight, bias)

  def dense(self, x: Tensor, weight: Tensor, bias: Optional[Tensor]) -> Tensor:
    # x weight^T + bias.
    if self.widens(x):
      return torch.to(self.product(torch.to(x, self.fp32()), weight, bias), x.dtype)
    return self.product(x, weight, bias)

  def dense_wide(self, x: Tensor, weight: Tensor, bias: Optional[Tensor]) -> Tensor:
    # dense, as fp32. It is rounded to x's type before, where that is what the CPU multiplies.
    if self.widens(x):
      return self.product(torch.to(x, self.fp32()), weight, bias)
    return torch.to(self.product(x, weight, bias), self.fp32())

  def add_product(self, y: Tensor, a: Tensor, b: Tensor) -> Tensor:
    # y + a b^T in y's memory, without a tensor for the product; fp32.
    if torch.is_grad_enabled():
      return torch.add(y, self.dense(a, b, None))
    _ = torch.addmm_(torch.flatten(y, 0, -2), torch.flatten(a, 0, -2), torch.t(b))
    return y

  def tokens(self, x: Tensor) -> Tensor:
    # [batch, channels, height, width] -> [batch, height * width, channels]
    return torch.transpose(torch.flatten(x, 2), 1, 2)

  def picture(self, tokens: Tensor, like: Tensor) -> Tensor:
    # The reverse, of the height and width of another picture.
    return torch.reshape(torch.transpose(tokens, 1, 2), [torch.size(tokens, 0), -1, torch.size(like, 2), torch.size(like, 3)])
