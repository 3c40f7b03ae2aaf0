# Weights and vectors: how they come from files and change their type.
class Ops(Module):

  def cast(self, x: Tensor, attrs: Tensor) -> Tensor:
    return torch.to(x, int(attrs[0]))

  def extremes(self, x: Tensor) -> Tensor:
    # Of the smallest and the largest number at least one is not finite where any is not.
    lowest, highest = torch.aminmax(x)
    return torch.to(torch.stack([lowest, highest]), self.fp32())

  def bf16_of_bits(self, x: Tensor) -> Tensor:
    # A copy: no reinterpretation in place can be called from here.
    return torch.view_copy(x, dtype=self.bf16())

  def bf16_file(self, path: Tensor, attrs: Tensor) -> Tensor:
    # A file from its start, as bf16: a private mapping, whose pages processes share until written.
    name = ""
    for i in range(torch.size(path, 0)):
      name = torch.add(name, torch.chr(int(torch.select(path, 0, i))))
    return torch.from_file(name, False, int(attrs[0]), dtype=self.bf16())

  def part(self, x: Tensor, attrs: Tensor) -> Tensor:
    # attrs: offset and shape of a tensor in a vector
    shape : List[int] = []
    count = 1
    for i in range(1, torch.size(attrs, 0)):
      size = int(torch.select(attrs, 0, i))
      torch.append(shape, size)
      count = torch.mul(count, size)
    start = int(attrs[0])
    return torch.reshape(torch.slice(x, 0, start, torch.add(start, count)), shape)

  def empty_weight(self, attrs: Tensor) -> Tensor:
    # attrs: dtype and shape
    shape : List[int] = []
    for i in range(1, torch.size(attrs, 0)):
      torch.append(shape, int(torch.select(attrs, 0, i)))
    return torch.empty(shape, dtype=int(attrs[0]))

  def fill_part(self, weight: Tensor, piece: Tensor, attrs: Tensor) -> Tensor:
    start = int(attrs[0])
    flat = torch.reshape(weight, [-1])
    return torch.copy_(torch.slice(flat, 0, start, torch.add(start, torch.numel(piece))), piece)

  def to_fp32(self, x: Tensor) -> Tensor:
    return torch.contiguous(torch.to(x, self.fp32()))

  def concatenate(self, parts: List[Tensor]) -> Tensor:
    return torch.cat(parts, 0)

  def sample(self, batch: Tensor, attrs: Tensor) -> Tensor:
    at = int(attrs[0])
    return torch.clone(torch.slice(batch, 0, at, at + 1))

  def image(self, x: Tensor) -> Tensor:
    # On a CPU channels_last: oneDNN then convolves without reordering pictures in every call, and
    # the tokens of a picture are a view of it.
    if ops.prim.is_cuda(x):
      return torch.contiguous(x)
    return torch.contiguous(x, memory_format=self.channels_last())

  def kernel(self, weight: Tensor) -> Tensor:
    # A convolution's weight in the order in which it is used. In fp32 this is the order of the
    # file, so that the weight can stay in the file's pages. Else it is the order of what is
    # convolved.
    if weight.dtype == self.fp32():
      return torch.contiguous(weight)
    return self.image(weight)

  def is_plain(self, weight: Tensor) -> bool:
    # Whether a kernel has the file's order, [out, in, 3, 3], and not [out, 3, 3, in].
    return torch.size(weight, 2) > 1 and torch.is_contiguous(weight)

  def fused_weight(self, weight: Tensor, a: Tensor, b: Tensor, scale: Tensor, magnitude: Tensor) -> Tensor:
    # a and b are A and B, or the factors of a LoHa or LoKr and what they are.
    if torch.dim(a) == 1:
      absent = self.nothing(a)
      update = self.whole_update(__torch__.Adapter(a, b, scale, absent, absent, absent, absent), weight)
    else:
      product = torch.matmul(torch.flatten(b, 1), torch.flatten(a, 1))
      update = torch.reshape(torch.mul(product, scale), weight.shape)
    fused = torch.add(torch.to(weight, self.fp32()), update)
    if torch.numel(magnitude) > 0:
      rows = torch.flatten(fused, 1)
      factor = torch.div(magnitude, torch.norm(rows, 2, [1]))
      fused = torch.reshape(torch.mul(rows, torch.unsqueeze(factor, 1)), weight.shape)
    return torch.to(fused, weight.dtype)

  def with_rows(self, table: Tensor, rows: Tensor, attrs: Tensor) -> Tensor:
    kept = torch.slice(table, 0, 0, int(attrs[0]))
    return torch.cat([kept, torch.to(rows, table.dtype)])
