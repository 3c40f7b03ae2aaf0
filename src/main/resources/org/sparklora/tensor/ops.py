# The op library: TorchScript, compiled by libtorch when a worker starts.
#
# One method is one block of a network, so that Java pays one call a block and what a block needs
# only inside is freed inside. Conventions:
#   layer    List[Tensor] = [weight, bias] followed by six tensors an adapter:
#            [A, B, scale, dropout, magnitude, norm]; what is absent is a tensor without elements
#   norm     of each row of weight + scale B A, where the adapter has a magnitude (DoRA); a number
#            of the step, which has no gradient
#   dropout  int64 [1 + batch]: the keep threshold in units of 2^-32, then one key a sample
#   attrs    float64 vector on the CPU with the block's numbers, in the order the method unpacks
#   dtype    torch's scalar types: 5 half, 6 float, 7 double, 15 bfloat16
#
# Blocks of the UNet have three methods. NAME computes the block. NAME_kept gives [result] and what
# NAME_backward needs beside the block's inputs; NAME_backward gives the gradients of the inputs,
# then those of A, B and any magnitude of every adapter, in the order of the layers. The weights being
# frozen, that is much less than autograd keeps. These two are for use without autograd.
class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  emulates_bf16 : bool
  wide_vectors : bool

  # ---- weights ------------------------------------------------------------------------------

  def cast(self, x: Tensor, attrs: Tensor) -> Tensor:
    return torch.to(x, int(attrs[0]))

  def extremes(self, x: Tensor) -> Tensor:
    # Of the smallest and the largest number at least one is not finite where any is not.
    lowest, highest = torch.aminmax(x)
    return torch.to(torch.stack([lowest, highest]), 6)

  def bf16_of_bits(self, x: Tensor) -> Tensor:
    # A copy: no reinterpretation in place can be called from here.
    return torch.view_copy(x, dtype=15)

  def bf16_file(self, path: Tensor, attrs: Tensor) -> Tensor:
    # A file from its start, as bf16: a private mapping, whose pages processes share until written.
    name = ""
    for i in range(torch.size(path, 0)):
      name = torch.add(name, torch.chr(int(torch.select(path, 0, i))))
    return torch.from_file(name, False, int(attrs[0]), dtype=15)

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
    return torch.contiguous(torch.to(x, 6))

  def concatenate(self, parts: List[Tensor]) -> Tensor:
    return torch.cat(parts, 0)

  def sample(self, batch: Tensor, attrs: Tensor) -> Tensor:
    at = int(attrs[0])
    return torch.clone(torch.slice(batch, 0, at, at + 1))

  def image(self, x: Tensor) -> Tensor:
    # channels_last on a CPU: oneDNN convolves it without reordering pictures in every call, and the
    # tokens of a picture are a view of it.
    if ops.prim.is_cuda(x):
      return torch.contiguous(x)
    return torch.contiguous(x, memory_format=2)

  def kernel(self, weight: Tensor) -> Tensor:
    # A convolution's weight in the order it is used in. In fp32 that is the file's, so that it can
    # stay in the file's pages; else the order of what is convolved.
    if weight.dtype == 6:
      return torch.contiguous(weight)
    return self.image(weight)

  def is_plain(self, weight: Tensor) -> bool:
    # Whether a kernel has the file's order, [out, in, 3, 3], and not [out, 3, 3, in].
    return torch.size(weight, 2) > 1 and torch.is_contiguous(weight)

  # ---- products -----------------------------------------------------------------------------

  def widens(self, x: Tensor) -> bool:
    # Whether products and convolutions of bf16 are taken in fp32 and rounded: a CPU without
    # instructions for bf16 takes them at a quarter of its rate for fp32, or slower.
    return self.emulates_bf16 and x.dtype == 15 and not torch.is_grad_enabled() and not ops.prim.is_cuda(x)

  def in_type(self, bias: Optional[Tensor], type: int) -> Optional[Tensor]:
    if bias is None:
      return None
    return torch.to(bias, type)

  def product(self, x: Tensor, weight: Tensor, bias: Optional[Tensor]) -> Tensor:
    # In x's type, whatever the weight is kept in. In fp32 on a CPU torch asks MKL, which on AMD's
    # processors reaches less than half of oneDNN's rate; oneDNN's product has no autograd formula.
    weight = torch.to(weight, x.dtype)
    bias = self.in_type(bias, x.dtype)
    if x.dtype == 6 and not torch.is_grad_enabled() and not ops.prim.is_cuda(x):
      return ops.mkldnn._linear_pointwise(x, weight, bias, "none", annotate(List[Optional[number]], []), "")
    return torch.linear(x, weight, bias)

  def dense(self, x: Tensor, weight: Tensor, bias: Optional[Tensor]) -> Tensor:
    # x weight^T + bias.
    if self.widens(x):
      return torch.to(self.product(torch.to(x, 6), weight, bias), x.dtype)
    return self.product(x, weight, bias)

  def dense_wide(self, x: Tensor, weight: Tensor, bias: Optional[Tensor]) -> Tensor:
    # dense in fp32, rounded to x's type before where that is what the CPU multiplies.
    if self.widens(x):
      return self.product(torch.to(x, 6), weight, bias)
    return torch.to(self.product(x, weight, bias), 6)

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

  # ---- adapters -----------------------------------------------------------------------------

  def hash32(self, x: Tensor) -> Tensor:
    # Integer finaliser on 32-bit values held in int64 ("lowbias32", C. Wellons 2018).
    mask = 4294967295
    h = torch.bitwise_xor(x, torch.bitwise_right_shift(x, 16))
    h = torch.bitwise_and(torch.mul(h, 2146121005), mask)
    h = torch.bitwise_xor(h, torch.bitwise_right_shift(h, 15))
    h = torch.bitwise_and(torch.mul(h, 2221713035), mask)
    return torch.bitwise_xor(h, torch.bitwise_right_shift(h, 16))

  def dropped(self, x: Tensor, dropout: Tensor) -> Tensor:
    # Inverted dropout whose mask depends on each sample's key and position alone.
    if torch.numel(dropout) == 0:
      return x
    threshold = torch.select(dropout, 0, 0)
    keys = torch.slice(dropout, 0, 1)
    rows = torch.reshape(x, [torch.size(keys, 0), -1])
    at = torch.arange(torch.size(rows, 1), dtype=4, device=x.device)
    noise = self.hash32(torch.bitwise_xor(self.hash32(torch.unsqueeze(at, 0)), torch.unsqueeze(keys, 1)))
    keep = torch.div(torch.to(threshold, 7), 4294967296.)
    mask = torch.div(torch.to(torch.lt(noise, threshold), x.dtype), torch.to(keep, x.dtype))
    return torch.reshape(torch.mul(rows, mask), x.shape)

  def is_dora(self, layer: List[Tensor]) -> bool:
    for i in range((len(layer) - 2) // 6):
      if torch.numel(layer[6 + 6 * i]) > 0:
        return True
    return False

  def dora_norm(self, weight: Tensor, a: Tensor, b: Tensor, scale: Tensor, norm: Tensor) -> Tensor:
    # ||W + s B A|| of each row, into norm. B A is as large as W: products with r columns say as much,
    # ||W||^2 + 2 s <W, B A> + s^2 ||B A||^2.
    w = torch.to(torch.flatten(weight, 1), 6)
    rows = torch.flatten(a, 1)
    columns = torch.flatten(b, 1)
    squares = torch.square(torch.norm(w, 2, [1]))
    across = torch.sum(torch.mul(torch.matmul(w, torch.t(rows)), columns), [1])
    update = torch.sum(torch.mul(torch.matmul(columns, torch.matmul(rows, torch.t(rows))), columns), [1])
    squares = torch.add(torch.add(squares, torch.mul(torch.mul(across, scale), 2.)), torch.mul(update, torch.mul(scale, scale)))
    return torch.copy_(norm, torch.sqrt(torch.clamp_min(squares, 0.)))

  def dora_linear(self, x: Tensor, layer: List[Tensor]) -> Tensor:
    # Liu et al. 2024, arXiv 2402.09353, as PEFT computes it: an adapter scales the rows of what it
    # finds, m / norm (y + s B A x); with dropout, of W alone, which then takes the dropped input, too:
    # y + (m / norm - 1) W x' + m / norm s B A x'.
    x32 = torch.to(x, 6)
    y = torch.to(self.dense(x, layer[0], None), 6)
    for i in range((len(layer) - 2) // 6):
      at = 2 + 6 * i
      taken = self.dropped(x32, layer[at + 3])
      delta = self.dense(torch.mul(self.dense(taken, layer[at], None), layer[at + 2]), layer[at + 1], None)
      if torch.numel(layer[at + 4]) == 0:
        y = torch.add(y, delta)
      else:
        factor = torch.div(layer[at + 4], layer[at + 5])
        if torch.numel(layer[at + 3]) == 0:
          y = torch.mul(torch.add(y, delta), factor)
        else:
          base = torch.to(self.dense(torch.to(taken, x.dtype), layer[0], None), 6)
          y = torch.add(torch.sub(y, base), torch.mul(torch.add(base, delta), factor))
    if torch.numel(layer[1]) > 0:
      y = torch.add(y, layer[1])
    return torch.to(y, x.dtype)

  def linear(self, x: Tensor, layer: List[Tensor]) -> Tensor:
    if self.is_dora(layer):
      return self.dora_linear(x, layer)
    bias : Optional[Tensor] = None
    if torch.numel(layer[1]) > 0:
      bias = layer[1]
    adapters = (len(layer) - 2) // 6
    if adapters == 0:
      return self.dense(x, layer[0], bias)
    # Added in fp32.
    x32 = torch.to(x, 6)
    y = self.dense_wide(x, layer[0], bias)
    for i in range(adapters):
      at = 2 + 6 * i
      down = self.dense(self.dropped(x32, layer[at + 3]), layer[at], None)
      y = self.add_product(y, torch.mul(down, layer[at + 2]), layer[at + 1])
    return torch.to(y, x.dtype)

  def dora_linear_backward(self, g: Tensor, x: Tensor, layer: List[Tensor], input: bool) -> List[Tensor]:
    # As linear_backward. What each adapter scaled is computed anew: the magnitude's gradient needs it.
    adapters = (len(layer) - 2) // 6
    compute = layer[0].dtype
    x32 = torch.to(x, 6)
    rows = torch.flatten(torch.to(x, compute), 0, -2)
    y = torch.to(self.dense(rows, layer[0], None), 6)
    scaled : List[Tensor] = []
    for i in range(adapters):
      at = 2 + 6 * i
      taken = torch.flatten(self.dropped(x32, layer[at + 3]), 0, -2)
      delta = self.dense(torch.mul(self.dense(taken, layer[at], None), layer[at + 2]), layer[at + 1], None)
      if torch.numel(layer[at + 4]) == 0:
        y = torch.add(y, delta)
        scaled.append(y)
      else:
        factor = torch.div(layer[at + 4], layer[at + 5])
        if torch.numel(layer[at + 3]) == 0:
          scaled.append(torch.add(y, delta))
          y = torch.mul(scaled[i], factor)
        else:
          base = torch.to(self.dense(torch.to(taken, compute), layer[0], None), 6)
          scaled.append(torch.add(base, delta))
          y = torch.add(torch.sub(y, base), torch.mul(scaled[i], factor))
    of_x : List[Tensor] = []
    dy = torch.flatten(torch.to(g, 6), 0, -2)
    back : List[Tensor] = []
    for j in range(adapters):
      i = adapters - 1 - j
      at = 2 + 6 * i
      of_adapter : List[Tensor] = []
      g_delta = dy
      base_too = torch.numel(layer[at + 3]) > 0 and torch.numel(layer[at + 4]) > 0
      if torch.numel(layer[at + 4]) > 0:
        factor = torch.div(layer[at + 4], layer[at + 5])
        of_adapter.append(torch.div(torch.sum(torch.mul(dy, scaled[i]), [0]), layer[at + 5]))
        g_delta = torch.mul(dy, factor)
      taken = torch.flatten(self.dropped(x32, layer[at + 3]), 0, -2)
      down = torch.mul(self.dense(taken, layer[at], None), layer[at + 2])
      ddown = torch.mul(self.dense(g_delta, torch.t(layer[at + 1]), None), layer[at + 2])
      of_a_and_b = [torch.matmul(torch.t(ddown), taken), torch.matmul(torch.t(g_delta), down)]
      back = torch.add(torch.add(of_a_and_b, of_adapter), back)
      if input:
        through = self.dense(ddown, torch.t(layer[at]), None)
        if base_too:
          of_base = torch.to(torch.sub(g_delta, dy), compute)
          through = torch.add(through, torch.to(self.dense(of_base, torch.t(layer[0]), None), 6))
        of_x.append(self.dropped(torch.reshape(through, x.shape), layer[at + 3]))
      if not base_too:
        dy = g_delta
    if input:
      dx = torch.reshape(self.dense(torch.to(dy, compute), torch.t(layer[0]), None), x.shape)
      for part in of_x:
        dx = torch.add_(dx, part)
      return torch.add([dx], back)
    return back

  def linear_backward(self, g: Tensor, x: Tensor, layer: List[Tensor], input: bool) -> List[Tensor]:
    # [gradient of x where input, else nothing] and of each A, B and magnitude; a frozen layer never
    # reads x.
    if self.is_dora(layer):
      return self.dora_linear_backward(g, x, layer, input)
    adapters = (len(layer) - 2) // 6
    if adapters == 0:
      if input:
        return [self.dense(g, torch.t(layer[0]), None)]
      return annotate(List[Tensor], [])
    back : List[Tensor] = []
    dx = torch.zeros([0], dtype=6, device=g.device)
    if input:
      dx = self.dense_wide(g, torch.t(layer[0]), None)
    x32 = torch.to(x, 6)
    g32 = torch.flatten(torch.to(g, 6), 0, -2)
    for i in range(adapters):
      at = 2 + 6 * i
      taken = torch.flatten(self.dropped(x32, layer[at + 3]), 0, -2)
      down = torch.mul(self.dense(taken, layer[at], None), layer[at + 2])
      ddown = torch.mul(self.dense(g32, torch.t(layer[at + 1]), None), layer[at + 2])
      back.append(torch.matmul(torch.t(ddown), taken))
      back.append(torch.t(torch.matmul(torch.t(down), g32)))
      if input:
        if torch.numel(layer[at + 3]) == 0:
          dx = self.add_product(dx, ddown, torch.t(layer[at]))
        else:
          through = torch.reshape(self.dense(ddown, torch.t(layer[at]), None), x.shape)
          dx = torch.add_(dx, self.dropped(through, layer[at + 3]))
    if input:
      return torch.add([torch.to(dx, g.dtype)], back)
    return back

  def as_linear(self, layer: List[Tensor]) -> List[Tensor]:
    # A 1 x 1 convolution as the linear layer on tokens that it is.
    flat : List[Tensor] = []
    for i in range(len(layer)):
      if torch.dim(layer[i]) == 4:
        flat.append(torch.flatten(layer[i], 1))
      else:
        flat.append(layer[i])
    return flat

  def takes_products(self, x: Tensor, weight: Tensor) -> bool:
    # Whether products of matrices take the place of a 3 x 3 convolution: of channels enough, on a
    # CPU, where autograd does not record.
    narrow = torch.size(weight, 1) < 64 or torch.size(weight, 0) < 64 or torch.size(weight, 2) != 3
    return not narrow and not torch.is_grad_enabled() and not ops.prim.is_cuda(x)

  def as_product(self, x: Tensor, weight: Tensor) -> bool:
    # oneDNN reorders a convolution's weight in every call. Where the picture is small, that takes
    # longer than convolving; a product of the picture's patches takes the weight as it is.
    return torch.size(x, 2) * torch.size(x, 3) <= 256 and self.takes_products(x, weight)

  def weight_rows(self, weight: Tensor) -> Tensor:
    # [out, 9 * in], in the order that it has in memory.
    if self.is_plain(weight):
      return torch.flatten(weight, 1)
    return torch.flatten(torch.permute(weight, [0, 2, 3, 1]), 1)

  def conv_as_product(self, x: Tensor, weight: Tensor, bias: Optional[Tensor]) -> Tensor:
    # 3 x 3, stride 1, padding 1.
    batch = torch.size(x, 0)
    channels = torch.size(x, 1)
    height = torch.size(x, 2)
    width = torch.size(x, 3)
    framed = torch.contiguous(torch.constant_pad_nd(torch.permute(x, [0, 2, 3, 1]), [0, 0, 1, 1, 1, 1]))
    line = (width + 2) * channels
    patches = torch.as_strided(framed, [batch, height, width, 3, 3, channels], [(height + 2) * line, line, channels, line, channels, 1])
    if self.is_plain(weight):
      patches = torch.permute(patches, [0, 1, 2, 5, 3, 4])
    rows = torch.reshape(patches, [batch * height * width, 9 * channels])
    y = self.dense(rows, self.weight_rows(weight), bias)
    return torch.permute(torch.reshape(y, [batch, height, width, -1]), [0, 3, 1, 2])

  def conv_as_product_backward(self, g: Tensor, weight: Tensor) -> Tensor:
    # Each patch's gradient, added where the patch came from, in fp32.
    batch = torch.size(g, 0)
    height = torch.size(g, 2)
    width = torch.size(g, 3)
    channels = torch.size(weight, 1)
    patches = self.dense(self.tokens(g), torch.t(self.weight_rows(weight)), None)
    if self.is_plain(weight):
      patches = torch.permute(torch.reshape(patches, [batch, height, width, channels, 3, 3]), [0, 1, 2, 4, 5, 3])
    else:
      patches = torch.reshape(patches, [batch, height, width, 3, 3, channels])
    framed = torch.zeros([batch, height + 2, width + 2, channels], dtype=6, device=g.device)
    for i in range(3):
      for j in range(3):
        place = torch.slice(torch.slice(framed, 1, i, i + height), 2, j, j + width)
        _ = torch.add_(place, torch.select(torch.select(patches, 3, i), 3, j))
    inner = torch.slice(torch.slice(framed, 1, 1, 1 + height), 2, 1, 1 + width)
    dx = torch.permute(inner, [0, 3, 1, 2])
    return self.image(torch.to(dx, g.dtype))

  # ---- convolutions by minimal filtering ------------------------------------------------------
  #
  # Lavin & Gray 2016, arXiv 1509.09308 (Winograd): for m x m pixels of a 3 x 3 convolution,
  # (m + 2)^2 multiplications a channel, 36 for m = 4 and 16 for m = 2, instead of 144 and 36; as
  # products of matrices. Polynomials are taken at 0, 1, -1 and infinity for m = 2; for m = 4 at 0,
  # 3/4, -3/4, 3/2, -3/2 and infinity, which err a quarter of what the usual 0, 1, -1, 2, -2 do
  # (Barabasz et al. 2020, arXiv 1803.10986, on the choice). CPUs in fp32 alone.

  def tile_side(self, x: Tensor, weight: Tensor) -> int:
    # m; 0 where another way is faster. Kernels are transformed in every call, which for m = 4 takes
    # twice as long as for m = 2, and few pixels do not pay for it.
    pixels = torch.size(x, 0) * torch.size(x, 2) * torch.size(x, 3)
    if pixels < 256 or x.dtype != 6 or not self.takes_products(x, weight):
      return 0
    if pixels < 1024:
      return 2
    return 4

  def in_both_directions(self, values: List[float], rows: int) -> Tensor:
    one = torch.reshape(torch.tensor(values, dtype=6), [rows, -1])
    return torch.kron(one, one)

  def kernel_transform(self, m: int) -> Tensor:
    # [(m + 2)^2, 9], the paper's G.
    if m == 2:
      return self.in_both_directions([1., 0., 0., 0.5, 0.5, 0.5, 0.5, -0.5, 0.5, 0., 0., 1.], 4)
    upper = [0.7901234567901234, 0., 0., -0.5267489711934157, -0.3950617283950617, -0.2962962962962963, -0.5267489711934157, 0.3950617283950617, -0.2962962962962963]
    lower = [0.13168724279835392, 0.19753086419753085, 0.2962962962962963, 0.13168724279835392, -0.19753086419753085, 0.2962962962962963, 0., 0., 1.]
    return self.in_both_directions(torch.add(upper, lower), 6)

  def tile_transform(self, m: int) -> Tensor:
    # [(m + 2)^2, (m + 2)^2], the paper's B^T.
    if m == 2:
      return self.in_both_directions([1., 0., -1., 0., 0., 1., 1., 0., 0., -1., 1., 0., 0., 1., 0., -1.], 4)
    upper = [1.265625, 0., -2.8125, 0., 1., 0., 0., -1.6875, -2.25, 0.75, 1., 0., 0., 1.6875, -2.25, -0.75, 1., 0.]
    lower = [0., -0.84375, -0.5625, 1.5, 1., 0., 0., 0.84375, -0.5625, -1.5, 1., 0., 0., 1.265625, 0., -2.8125, 0., 1.]
    return self.in_both_directions(torch.add(upper, lower), 6)

  def result_transform(self, m: int) -> Tensor:
    # [m^2, (m + 2)^2], the paper's A^T.
    if m == 2:
      return self.in_both_directions([1., 1., 1., 0., 0., 1., -1., -1.], 2)
    upper = [1., 1., 1., 1., 1., 0., 0., 0.75, -0.75, 1.5, -1.5, 0.]
    lower = [0., 0.5625, 0.5625, 2.25, 2.25, 0., 0., 0.421875, -0.421875, 3.375, -3.375, 1.]
    return self.in_both_directions(torch.add(upper, lower), 4)

  def tiles(self, x: Tensor, m: int) -> Tensor:
    # [batch, rows of tiles, m + 2, m + 2, tiles of a row, channels], a view: they overlap by two pixels.
    n = m + 2
    channels = torch.size(x, 1)
    high = (torch.size(x, 2) + m - 1) // m
    wide = (torch.size(x, 3) + m - 1) // m
    frame = [0, 0, 1, wide * m + 1 - torch.size(x, 3), 1, high * m + 1 - torch.size(x, 2)]
    framed = torch.contiguous(torch.constant_pad_nd(torch.permute(x, [0, 2, 3, 1]), frame))
    line = (wide * m + 2) * channels
    strides = [(high * m + 2) * line, m * line, line, channels, m * channels, 1]
    return torch.as_strided(framed, [torch.size(x, 0), high, n, n, wide, channels], strides)

  def transformed_tiles(self, strip: Tensor, transform: Tensor) -> Tensor:
    # [(m + 2)^2, tiles, channels]
    rows = torch.reshape(torch.permute(strip, [2, 3, 0, 1, 4, 5]), [torch.size(transform, 0), -1])
    return torch.reshape(torch.mm(transform, rows), [torch.size(transform, 0), -1, torch.size(strip, 5)])

  def transformed_kernels(self, weight: Tensor, transform: Tensor, reverse: bool) -> Tensor:
    # [(m + 2)^2, in, out]; in reverse [(m + 2)^2, out, in].
    out = torch.size(weight, 0)
    u = self.product(transform, torch.reshape(weight, [-1, 9]), None)
    u = torch.reshape(u, [torch.size(transform, 0), out, -1])
    if reverse:
      return u
    return torch.transpose(u, 1, 2)

  def put_filtered(self, y: Tensor, v: Tensor, u: Tensor, result: Tensor, row: int, channel: int) -> int:
    # Products of transformed tiles and kernels, transformed back into y from a row of tiles on; the
    # row after them.
    out = torch.mm(result, torch.reshape(torch.bmm(v, u), [torch.size(v, 0), -1]))
    m = torch.size(y, 2)
    channels = torch.size(u, 2)
    out = torch.reshape(out, [m, m, torch.size(y, 0), -1, torch.size(y, 3), channels])
    end = row + torch.size(out, 3)
    place = torch.slice(torch.slice(y, 1, row, end), 5, channel, channel + channels)
    _ = torch.copy_(place, torch.permute(out, [2, 3, 0, 4, 1, 5]))
    return end

  def filtered(self, x: Tensor, weight: Tensor, m: int, bias: Optional[Tensor], reverse: bool) -> Tensor:
    # The convolution of stride 1 and padding 1; in reverse the gradient of its input, which is the
    # convolution by the same kernels turned round, from where the other goes to.
    tiles = self.tiles(x, m)
    batch = torch.size(tiles, 0)
    high = torch.size(tiles, 1)
    wide = torch.size(tiles, 4)
    tile = self.tile_transform(m)
    result = self.result_transform(m)
    kernel = self.kernel_transform(m)
    of_result = 0
    if reverse:
      kernel = torch.flip(kernel, [1])
      of_result = 1
    channels = torch.size(weight, of_result)
    # Some hundred tiles at a time, enough for a product at the full rate.
    rows = 512 // (batch * wide)
    if rows == 0:
      rows = 1
    strips = torch.split(tiles, rows, 1)
    y = torch.empty([batch, high, m, wide, m, channels], dtype=6)
    # At most 32 MiB of transformed kernels at a time, which are still in the cache when multiplied.
    pieces = torch.size(kernel, 0) * torch.size(weight, 0) * torch.size(weight, 1) // 8388608 + 1
    if pieces == 1:
      row = 0
      u = self.transformed_kernels(weight, kernel, reverse)
      for strip in strips:
        row = self.put_filtered(y, self.transformed_tiles(strip, tile), u, result, row, 0)
    else:
      # Of many channels, and so of few tiles.
      vs = [self.transformed_tiles(strip, tile) for strip in strips]
      channel = 0
      for some in torch.chunk(weight, pieces, of_result):
        u = self.transformed_kernels(some, kernel, reverse)
        row = 0
        for v in vs:
          row = self.put_filtered(y, v, u, result, row, channel)
        channel = channel + torch.size(some, of_result)
    y = torch.reshape(y, [batch, high * m, wide * m, channels])
    if bias is not None:
      y = torch.add_(y, bias)
    y = torch.slice(torch.slice(y, 1, 0, torch.size(x, 2)), 2, 0, torch.size(x, 3))
    return torch.permute(y, [0, 3, 1, 2])

  def conv_in_type(self, x: Tensor, weight: Tensor, bias: Optional[Tensor], stride: int, padding: int) -> Tensor:
    if stride == 1 and padding == 1:
      m = self.tile_side(x, weight)
      if m > 0:
        return self.filtered(x, weight, m, bias, False)
      if self.as_product(x, weight):
        return self.conv_as_product(x, weight, bias)
    if self.is_plain(weight):
      # torch would put the weight into the picture's order, and oneDNN again into its own.
      x = torch.contiguous(x)
    return self.image(torch.conv2d(x, weight, bias, [stride, stride], [padding, padding]))

  def frozen_conv(self, x: Tensor, weight: Tensor, bias: Optional[Tensor], stride: int, padding: int) -> Tensor:
    if self.widens(x):
      y = self.conv_in_type(torch.to(x, 6), torch.to(weight, 6), self.in_type(bias, 6), stride, padding)
      return torch.to(y, x.dtype)
    return self.conv_in_type(x, weight, bias, stride, padding)

  def by_channel(self, x: Tensor) -> Tensor:
    # [channels] to multiply pictures by.
    return torch.reshape(x, [1, -1, 1, 1])

  def dora_conv(self, x: Tensor, layer: List[Tensor], stride: int, padding: int) -> Tensor:
    # As dora_linear.
    x32 = torch.to(x, 6)
    y = torch.to(self.frozen_conv(x, layer[0], None, stride, padding), 6)
    for i in range((len(layer) - 2) // 6):
      at = 2 + 6 * i
      taken = self.dropped(x32, layer[at + 3])
      delta = self.conv_update(taken, layer, at, stride, padding)
      if torch.numel(layer[at + 4]) == 0:
        y = torch.add(y, delta)
      else:
        factor = self.by_channel(torch.div(layer[at + 4], layer[at + 5]))
        if torch.numel(layer[at + 3]) == 0:
          y = torch.mul(torch.add(y, delta), factor)
        else:
          base = torch.to(self.frozen_conv(torch.to(taken, x.dtype), layer[0], None, stride, padding), 6)
          y = torch.add(torch.sub(y, base), torch.mul(torch.add(base, delta), factor))
    if torch.numel(layer[1]) > 0:
      y = torch.add(y, self.by_channel(layer[1]))
    return torch.to(y, x.dtype)

  def conv(self, x: Tensor, layer: List[Tensor], stride: int, padding: int) -> Tensor:
    if self.is_dora(layer):
      return self.dora_conv(x, layer, stride, padding)
    bias : Optional[Tensor] = None
    if torch.numel(layer[1]) > 0:
      bias = layer[1]
    y = self.frozen_conv(x, layer[0], bias, stride, padding)
    adapters = (len(layer) - 2) // 6
    if adapters > 0:
      x32 = torch.to(x, 6)
      delta = torch.zeros([1], dtype=6, device=x.device)
      for i in range(adapters):
        at = 2 + 6 * i
        up = self.conv_update(self.dropped(x32, layer[at + 3]), layer, at, stride, padding)
        if i == 0:
          delta = up
        else:
          delta = torch.add(delta, up)
      y = torch.to(torch.add(torch.to(y, 6), delta), y.dtype)
    return y

  def conv_backward(self, g: Tensor, weight: Tensor, height: int, width: int, stride: int, padding: int) -> Tensor:
    # Gradient of a frozen convolution's input, of which the size alone is needed.
    if self.widens(g):
      return torch.to(self.conv_backward_in_type(torch.to(g, 6), torch.to(weight, 6), height, width, stride, padding), g.dtype)
    return self.conv_backward_in_type(g, weight, height, width, stride, padding)

  def conv_backward_in_type(self, g: Tensor, weight: Tensor, height: int, width: int, stride: int, padding: int) -> Tensor:
    if stride == 1 and padding == 1:
      m = self.tile_side(g, weight)
      if m > 0:
        return self.filtered(g, weight, m, None, True)
      if self.as_product(g, weight):
        return self.conv_as_product_backward(g, weight)
    return self.transposed_conv(g, weight, height, width, stride, padding)

  def transposed_conv(self, g: Tensor, weight: Tensor, height: int, width: int, stride: int, padding: int) -> Tensor:
    shape = [torch.size(g, 0), torch.size(weight, 1), height, width]
    if self.is_plain(weight) or ops.prim.is_cuda(g):
      g = torch.contiguous(g)
      x = torch.empty(shape, dtype=g.dtype, device=g.device)
    else:
      x = torch.empty(shape, dtype=g.dtype, device=g.device, memory_format=2)
    dx = (torch.convolution_backward(g, x, weight, None, [stride, stride], [padding, padding], [1, 1], False, [0, 0], 1, [True, False, False]))[0]
    return self.image(dx)

  def conv_update(self, taken: Tensor, layer: List[Tensor], at: int, stride: int, padding: int) -> Tensor:
    down = torch.conv2d(taken, layer[at], None, [stride, stride], [padding, padding])
    return torch.mul(torch.conv2d(down, layer[at + 1]), layer[at + 2])

  def conv_update_backward(self, g: Tensor, taken: Tensor, layer: List[Tensor], at: int, stride: int, padding: int) -> List[Tensor]:
    # Of conv_update's input, A and B; the convolution by B is a product of rows.
    down = torch.conv2d(taken, layer[at], None, [stride, stride], [padding, padding])
    rows = torch.flatten(self.tokens(g), 0, 1)
    of_b = torch.mul(torch.matmul(torch.t(rows), torch.flatten(self.tokens(down), 0, 1)), layer[at + 2])
    ddown = torch.mul(torch.matmul(rows, torch.flatten(layer[at + 1], 1)), layer[at + 2])
    ddown = self.picture(torch.reshape(ddown, [torch.size(g, 0), -1, torch.size(ddown, 1)]), g)
    of_taken, of_a, _ = torch.convolution_backward(ddown, taken, layer[at], None, [stride, stride], [padding, padding], [1, 1], False, [0, 0], 1, [True, True, False])
    return [of_taken, of_a, of_b]

  def adapted_conv_backward(self, g: Tensor, x: Tensor, layer: List[Tensor], stride: int, padding: int) -> List[Tensor]:
    # [gradient of x] and of each A, B and magnitude; see dora_linear_backward.
    adapters = (len(layer) - 2) // 6
    height = torch.size(x, 2)
    width = torch.size(x, 3)
    compute = layer[0].dtype
    x32 = torch.to(x, 6)
    scaled : List[Tensor] = []
    if self.is_dora(layer):
      y = torch.to(self.frozen_conv(x, layer[0], None, stride, padding), 6)
      for i in range(adapters):
        at = 2 + 6 * i
        taken = self.dropped(x32, layer[at + 3])
        delta = self.conv_update(taken, layer, at, stride, padding)
        if torch.numel(layer[at + 4]) == 0:
          y = torch.add(y, delta)
          scaled.append(y)
        else:
          factor = self.by_channel(torch.div(layer[at + 4], layer[at + 5]))
          if torch.numel(layer[at + 3]) == 0:
            scaled.append(torch.add(y, delta))
            y = torch.mul(scaled[i], factor)
          else:
            base = torch.to(self.frozen_conv(torch.to(taken, compute), layer[0], None, stride, padding), 6)
            scaled.append(torch.add(base, delta))
            y = torch.add(torch.sub(y, base), torch.mul(scaled[i], factor))
    of_x : List[Tensor] = []
    dy = torch.to(g, 6)
    back : List[Tensor] = []
    for j in range(adapters):
      i = adapters - 1 - j
      at = 2 + 6 * i
      of_adapter : List[Tensor] = []
      g_delta = dy
      base_too = torch.numel(layer[at + 3]) > 0 and torch.numel(layer[at + 4]) > 0
      if torch.numel(layer[at + 4]) > 0:
        factor = self.by_channel(torch.div(layer[at + 4], layer[at + 5]))
        of_adapter.append(torch.div(torch.sum(torch.mul(dy, scaled[i]), [0, 2, 3]), layer[at + 5]))
        g_delta = torch.mul(dy, factor)
      taken = self.dropped(x32, layer[at + 3])
      of_taken, of_a, of_b = self.conv_update_backward(g_delta, taken, layer, at, stride, padding)
      back = torch.add(torch.add([of_a, of_b], of_adapter), back)
      if base_too:
        of_base = torch.to(torch.sub(g_delta, dy), compute)
        of_taken = torch.add(of_taken, torch.to(self.conv_backward(of_base, layer[0], height, width, stride, padding), 6))
      of_x.append(self.dropped(of_taken, layer[at + 3]))
      if not base_too:
        dy = g_delta
    dx = self.conv_backward(torch.to(dy, compute), layer[0], height, width, stride, padding)
    for part in of_x:
      dx = torch.add_(dx, part)
    return torch.add([dx], back)

  # ---- small pieces -------------------------------------------------------------------------

  def act(self, x: Tensor, kind: int) -> Tensor:
    if kind == 0:
      return torch.silu(x)
    elif kind == 1:
      return torch.gelu(x)
    elif kind == 2:
      return torch.relu(x)
    elif kind == 3:
      return torch.mish(x)
    elif kind == 4:
      return torch.mul(x, torch.sigmoid(torch.mul(x, 1.702)))
    elif kind == 5:
      return torch.gelu(x, approximate="tanh")
    return x

  def group_norm_(self, x: Tensor, norm: List[Tensor], groups: int, eps: float) -> Tensor:
    return torch.group_norm(x, groups, norm[0], norm[1], eps)

  def group_norm_act_backward(self, g: Tensor, x: Tensor, norm: List[Tensor], groups: int, eps: float, kind: int) -> Tensor:
    # Through act(group_norm(x)), which is computed anew. torch's kernel takes two memory formats at
    # once for one.
    x = self.image(x)
    g = self.image(g)
    batch = torch.size(x, 0)
    channels = torch.size(x, 1)
    pixels = torch.size(x, 2) * torch.size(x, 3)
    h, mean, rstd = torch.native_group_norm(x, norm[0], norm[1], batch, channels, pixels, groups, eps)
    dh = self.act_backward(g, h, kind)
    return (torch.native_group_norm_backward(dh, x, mean, rstd, norm[0], batch, channels, pixels, groups, [True, False, False]))[0]

  def act_backward(self, g: Tensor, x: Tensor, kind: int) -> Tensor:
    if kind == 0:
      return torch.silu_backward(g, x)
    elif kind == 1:
      return torch.gelu_backward(g, x)
    elif kind == 2:
      return torch.threshold_backward(g, x, 0)
    elif kind == 3:
      return torch.mish_backward(g, x)
    elif kind == 4:
      gate = torch.sigmoid(torch.mul(x, 1.702))
      slope = torch.add(torch.mul(torch.mul(x, 1.702), torch.sub(1., gate)), 1.)
      return torch.mul(g, torch.mul(gate, slope))
    elif kind == 5:
      return torch.gelu_backward(g, x, approximate="tanh")
    return g

  def layer_norm_backward(self, g: Tensor, x: Tensor, norm: List[Tensor]) -> Tensor:
    shape = [torch.size(x, -1)]
    _, mean, rstd = torch.native_layer_norm(x, shape, norm[0], norm[1], 1.0e-05)
    return (torch.native_layer_norm_backward(g, x, shape, mean, rstd, norm[0], norm[1], [True, False, False]))[0]

  def layer_norm_(self, x: Tensor, norm: List[Tensor], eps: float) -> Tensor:
    return torch.layer_norm(x, [torch.size(x, -1)], torch.to(norm[0], x.dtype), torch.to(norm[1], x.dtype), eps)

  # ---- attention ----------------------------------------------------------------------------
  #
  #   attention  [heads, scale, rows, upcast, causal] for softmax(scale Q K^T) V: rows is 0 for
  #              the fused kernel, else how many of the batch * heads score matrices exist at once
  #   mask       [batch, words], 1 for a word to attend to and 0 for another; or no elements

  def split_heads(self, x: Tensor, heads: int, width: int) -> Tensor:
    # [batch, tokens, heads * width] -> [batch, heads, tokens, width]; one head is lent to all.
    split = torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), -1, width])
    return torch.expand(torch.transpose(split, 1, 2), [-1, heads, -1, -1])

  def no_mask(self, like: Tensor) -> Tensor:
    return torch.zeros([0], dtype=like.dtype, device=like.device)

  def mask_bias(self, mask: Tensor, like: Tensor) -> Tensor:
    # What is added to the scores, [batch, 1, 1, words]: diffusers' -10000 for what is masked.
    away = torch.mul(torch.sub(torch.to(mask, like.dtype), 1.), 10000.)
    return torch.unsqueeze(torch.unsqueeze(away, 1), 1)

  def causal_bias(self, tokens: int, like: Tensor) -> Tensor:
    ahead = torch.full([tokens, tokens], -inf, dtype=like.dtype, device=like.device)
    return torch.triu(ahead, 1)

  def in_blocks(self, q: Tensor, k: Tensor) -> bool:
    # torch's fused kernel for CPUs makes many small products. Where vectors are of 512 bits, blocks of
    # scores that fit the caches and large products take half its time from some hundred keys on.
    return self.wide_vectors and not torch.is_grad_enabled() and not ops.prim.is_cuda(q) and torch.size(k, 2) >= 256

  def score_rows(self, q: Tensor) -> int:
    # Rows of scores at a time: of 4096 keys, 4 MiB.
    if q.dtype == 6:
      return 256
    return 512

  def scores(self, q: Tensor, k: Tensor) -> Tensor:
    scores = self.dense(q, k, None)
    return torch._softmax(scores, -1, False, out=scores)

  def rows_of_heads(self, x: Tensor) -> Tensor:
    return torch.contiguous(torch.flatten(x, 0, 1))

  def with_spare_columns(self, x: Tensor) -> Tensor:
    # [batch * heads, tokens, width] with columns of zeros up to a multiple of 16: oneDNN multiplies
    # scores by 48 columns in half the time of 40.
    spare = -torch.size(x, 2) % 16
    if spare == 0:
      return x
    return torch.constant_pad_nd(x, [0, spare])

  def joined_blocks(self, blocks: List[Tensor], like: Tensor) -> Tensor:
    # Without the spare columns, to the shape of another.
    return torch.reshape(torch.slice(torch.cat(blocks, 0), 1, 0, torch.size(like, 3)), like.shape)

  def blocked_attention(self, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
    # [batch, heads, tokens, width]; softmax(scale Q K^T) V by head and block of rows.
    qs = self.rows_of_heads(torch.mul(q, scale))
    ks = self.rows_of_heads(k)
    vs = self.with_spare_columns(self.rows_of_heads(v))
    rows = self.score_rows(q)
    count = (torch.size(qs, 1) + rows - 1) // rows
    parts : List[Tensor] = []
    for i in range(torch.size(qs, 0)):
      for j in range(count):
        block = torch.slice(torch.select(qs, 0, i), 0, j * rows, (j + 1) * rows)
        parts.append(self.dense(self.scores(block, torch.select(ks, 0, i)), torch.t(torch.select(vs, 0, i)), None))
    return self.joined_blocks(parts, q)

  def blocked_attention_backward(self, g: Tensor, q: Tensor, k: Tensor, v: Tensor, scale: float) -> List[Tensor]:
    # The scores are computed anew; gradients of K and V are summed over the blocks in fp32.
    gs = self.rows_of_heads(g)
    qs = self.rows_of_heads(torch.mul(q, scale))
    ks = self.rows_of_heads(k)
    vs = self.rows_of_heads(v)
    columns = self.with_spare_columns(ks)
    rows = self.score_rows(q)
    count = (torch.size(qs, 1) + rows - 1) // rows
    dq : List[Tensor] = []
    dk : List[Tensor] = []
    dv : List[Tensor] = []
    for i in range(torch.size(qs, 0)):
      key = torch.select(ks, 0, i)
      value = torch.select(vs, 0, i)
      dk_t = torch.zeros([torch.size(key, 1), torch.size(key, 0)], dtype=6, device=g.device)
      dv_t = torch.zeros([torch.size(key, 1), torch.size(key, 0)], dtype=6, device=g.device)
      for j in range(count):
        query = torch.slice(torch.select(qs, 0, i), 0, j * rows, (j + 1) * rows)
        up = torch.slice(torch.select(gs, 0, i), 0, j * rows, (j + 1) * rows)
        p = self.scores(query, key)
        dp = self.dense(up, value, None)
        ds = torch._softmax_backward_data(dp, p, -1, p.dtype, grad_input=dp)
        dq.append(self.dense(ds, torch.t(torch.select(columns, 0, i)), None))
        _ = torch.add_(dk_t, self.dense(torch.t(query), torch.t(ds), None))
        _0 = torch.add_(dv_t, self.dense(torch.t(up), torch.t(p), None))
      dk.append(torch.t(dk_t))
      dv.append(torch.t(dv_t))
    dqs = torch.mul(self.joined_blocks(dq, q), scale)
    dks = torch.reshape(torch.to(torch.stack(dk), k.dtype), k.shape)
    return [dqs, dks, torch.reshape(torch.to(torch.stack(dv), v.dtype), v.shape)]

  def fused_attention(self, q: Tensor, k: Tensor, v: Tensor, scale: float, causal: bool, mask: Tensor) -> Tensor:
    if torch.numel(mask) == 0:
      if not causal and self.in_blocks(q, k):
        return self.blocked_attention(q, k, v, scale)
      return torch.scaled_dot_product_attention(q, k, v, None, 0., causal, scale=scale)
    bias = self.mask_bias(mask, q)
    if causal:
      bias = torch.add(bias, self.causal_bias(torch.size(q, 2), q))
    return torch.scaled_dot_product_attention(q, k, v, bias, 0., False, scale=scale)

  def plain_attention(self, q: Tensor, k: Tensor, v: Tensor, scale: float, bias: Tensor) -> Tensor:
    # [rows, tokens, width]; bias has as many rows or one.
    scores = torch.baddbmm(bias, q, torch.transpose(k, 1, 2), beta=1, alpha=scale)
    return torch.bmm(torch.softmax(scores, -1), v)

  def sliced_attention(self, q: Tensor, k: Tensor, v: Tensor, scale: float, causal: bool, mask: Tensor, rows: int) -> Tensor:
    heads = torch.size(q, 1)
    bias = torch.zeros([1, 1, 1], dtype=q.dtype, device=q.device)
    if causal:
      bias = torch.unsqueeze(self.causal_bias(torch.size(q, 2), q), 0)
    if torch.numel(mask) > 0:
      words = torch.expand(self.mask_bias(mask, q), [-1, heads, -1, -1])
      bias = torch.add(bias, torch.flatten(words, 0, 1))
    qs = torch.flatten(q, 0, 1)
    ks = torch.flatten(k, 0, 1)
    vs = torch.flatten(v, 0, 1)
    count = (torch.size(qs, 0) + rows - 1) // rows
    parts : List[Tensor] = []
    for i in range(count):
      end = (i + 1) * rows
      some = bias
      if torch.size(bias, 0) > 1:
        some = torch.slice(bias, 0, i * rows, end)
      parts.append(self.plain_attention(torch.slice(qs, 0, i * rows, end), torch.slice(ks, 0, i * rows, end), torch.slice(vs, 0, i * rows, end), scale, some))
    return torch.reshape(torch.cat(parts, 0), q.shape)

  def attend(self, q: Tensor, k: Tensor, v: Tensor, attention: Tensor, mask: Tensor) -> Tensor:
    # [batch, tokens, heads * width] -> the same; k and v may have one head for all.
    heads = int(attention[0])
    scale = float(attention[1])
    rows = int(attention[2])
    causal = bool(attention[4])
    width = torch.size(q, 2) // heads
    qh = self.split_heads(q, heads, width)
    kh = self.split_heads(k, heads, width)
    vh = self.split_heads(v, heads, width)
    if bool(attention[3]) or self.widens(q):
      qh = torch.to(qh, 6)
      kh = torch.to(kh, 6)
      vh = torch.to(vh, 6)
    if rows == 0:
      out = self.fused_attention(qh, kh, vh, scale, causal, mask)
    else:
      out = self.sliced_attention(qh, kh, vh, scale, causal, mask, rows)
    return torch.to(torch.reshape(torch.transpose(out, 1, 2), q.shape), q.dtype)

  def heads_of(self, x: Tensor, attention: Tensor, width: int) -> Tensor:
    split = self.split_heads(x, int(attention[0]), width)
    if bool(attention[3]) or self.widens(x):
      return torch.to(split, 6)
    return split

  def joined_heads(self, x: Tensor, like: Tensor) -> Tensor:
    return torch.to(torch.reshape(torch.transpose(x, 1, 2), like.shape), like.dtype)

  def attend_kept(self, q: Tensor, k: Tensor, v: Tensor, attention: Tensor) -> List[Tensor]:
    # attend on a CPU with neither mask nor causality: the result, and each row's log-sum-exp
    # where torch's kernel needs it.
    width = torch.size(q, 2) // int(attention[0])
    qh = self.heads_of(q, attention, width)
    kh = self.heads_of(k, attention, width)
    vh = self.heads_of(v, attention, width)
    scale = float(attention[1])
    if self.in_blocks(qh, kh):
      return [self.joined_heads(self.blocked_attention(qh, kh, vh, scale), q), self.no_mask(q)]
    out, sums = torch._scaled_dot_product_flash_attention_for_cpu(qh, kh, vh, 0., False, attn_mask=None, scale=scale)
    return [self.joined_heads(out, q), sums]

  def attend_backward(self, g: Tensor, q: Tensor, k: Tensor, v: Tensor, out: Tensor, sums: Tensor, attention: Tensor) -> List[Tensor]:
    width = torch.size(q, 2) // int(attention[0])
    qh = self.heads_of(q, attention, width)
    kh = self.heads_of(k, attention, width)
    vh = self.heads_of(v, attention, width)
    gh = self.heads_of(g, attention, width)
    scale = float(attention[1])
    if self.in_blocks(qh, kh):
      dq, dk, dv = self.blocked_attention_backward(gh, qh, kh, vh, scale)
    else:
      oh = self.heads_of(out, attention, width)
      dq, dk, dv = torch._scaled_dot_product_flash_attention_for_cpu_backward(gh, qh, kh, vh, oh, sums, 0., False, attn_mask=None, scale=scale)
    return [self.joined_heads(dq, q), self.joined_heads(dk, k), self.joined_heads(dv, v)]

  # ---- UNet2DConditionModel -----------------------------------------------------------------

  def timestep_embedding(self, timesteps: Tensor, like: Tensor, condition: Tensor, cond_proj: List[Tensor], linear_1: List[Tensor], linear_2: List[Tensor], attrs: Tensor) -> Tensor:
    # Sinusoids in fp32 (get_timestep_embedding), then the two-layer perceptron. A condition, if there
    # is one, is added to the sinusoids.
    half = int(attrs[0]) // 2
    shift = float(attrs[2])
    exponent = torch.mul(torch.arange(half, dtype=6, device=timesteps.device), -9.210340371976184)
    frequencies = torch.exp(torch.div(exponent, half - shift))
    angles = torch.mul(torch.unsqueeze(torch.to(timesteps, 6), 1), torch.unsqueeze(frequencies, 0))
    if bool(attrs[1]):
      waves = torch.cat([torch.cos(angles), torch.sin(angles)], 1)
    else:
      waves = torch.cat([torch.sin(angles), torch.cos(angles)], 1)
    if int(attrs[0]) % 2 == 1:
      waves = torch.constant_pad_nd(waves, [0, 1, 0, 0])
    h = torch.to(waves, like.dtype)
    if torch.numel(condition) > 0:
      h = torch.add(h, self.linear(condition, cond_proj))
    h = self.linear(h, linear_1)
    h = self.linear(self.act(h, int(attrs[3])), linear_2)
    h = self.act(h, int(attrs[4]))
    return self.act(h, int(attrs[5]))

  def guidance_embedding(self, scales: Tensor, like: Tensor, attrs: Tensor) -> Tensor:
    # Sinusoids of a guidance scale less one (get_guidance_scale_embedding): as large as they are, they
    # have to be rounded where diffusers rounds.
    half = int(attrs[0]) // 2
    exponent = torch.div(torch.log(torch.full([1], 10000., dtype=6, device=scales.device)), half - 1)
    steps = torch.arange(half, dtype=6, device=scales.device)
    frequencies = torch.exp(torch.mul(steps, torch.neg(exponent)))
    angles = torch.mul(torch.unsqueeze(torch.mul(scales, 1000.), 1), torch.unsqueeze(frequencies, 0))
    waves = torch.cat([torch.sin(angles), torch.cos(angles)], 1)
    if int(attrs[0]) % 2 == 1:
      waves = torch.constant_pad_nd(waves, [0, 1, 0, 0])
    return torch.to(waves, like.dtype)

  def convolution(self, x: Tensor, layer: List[Tensor], attrs: Tensor) -> Tensor:
    return self.conv(x, layer, int(attrs[0]), int(attrs[1]))

  def joined_inputs(self, inputs: List[Tensor]) -> Tensor:
    if len(inputs) == 1:
      return inputs[0]
    return torch.cat(inputs, 1)

  def resnet_hidden(self, x: Tensor, temb: List[Tensor], norm1: List[Tensor], conv1: List[Tensor], time_emb_proj: List[Tensor], attrs: Tensor) -> Tensor:
    # Up to the second norm, where the time is added before it.
    kind = int(attrs[2])
    h = self.act(self.group_norm_(x, norm1, int(attrs[0]), float(attrs[1])), kind)
    h = self.conv(h, conv1, 1, 1)
    if torch.numel(temb[0]) > 0:
      t = self.linear(self.act(temb[0], kind), time_emb_proj)
      h = torch.add(h, torch.unsqueeze(torch.unsqueeze(t, 2), 3))
    return h

  def resnet_output(self, x: Tensor, normed: Tensor, conv2: List[Tensor], conv_shortcut: List[Tensor], attrs: Tensor) -> Tensor:
    h = self.conv(self.act(normed, int(attrs[2])), conv2, 1, 1)
    if torch.numel(conv_shortcut[0]) > 0:
      x = self.conv(x, conv_shortcut, 1, 0)
    y = torch.add(x, h)
    if float(attrs[3]) != 1.:
      y = torch.div(y, float(attrs[3]))
    return y

  def resnet_block(self, inputs: List[Tensor], temb: List[Tensor], norm1: List[Tensor], conv1: List[Tensor], time_emb_proj: List[Tensor], norm2: List[Tensor], conv2: List[Tensor], conv_shortcut: List[Tensor], attrs: Tensor) -> Tensor:
    groups = int(attrs[0])
    eps = float(attrs[1])
    x = self.joined_inputs(inputs)
    if torch.numel(temb[0]) > 0 and bool(attrs[4]):
      h = self.resnet_hidden(x, [self.no_mask(x)], norm1, conv1, time_emb_proj, attrs)
      t = self.linear(self.act(temb[0], int(attrs[2])), time_emb_proj)
      scale, offset = torch.chunk(torch.unsqueeze(torch.unsqueeze(t, 2), 3), 2, 1)
      h = self.group_norm_(h, norm2, groups, eps)
      h = torch.add(torch.mul(h, torch.add(scale, 1)), offset)
    else:
      h = self.resnet_hidden(x, temb, norm1, conv1, time_emb_proj, attrs)
      h = self.group_norm_(h, norm2, groups, eps)
    return self.resnet_output(x, h, conv2, conv_shortcut, attrs)

  def resnet_block_kept(self, inputs: List[Tensor], temb: List[Tensor], norm1: List[Tensor], conv1: List[Tensor], time_emb_proj: List[Tensor], norm2: List[Tensor], conv2: List[Tensor], conv_shortcut: List[Tensor], attrs: Tensor) -> List[Tensor]:
    # A block that adds the time, which has no gradient, before the second norm; as its backward.
    x = self.joined_inputs(inputs)
    h = self.resnet_hidden(x, temb, norm1, conv1, time_emb_proj, attrs)
    normed = self.group_norm_(h, norm2, int(attrs[0]), float(attrs[1]))
    return [self.resnet_output(x, normed, conv2, conv_shortcut, attrs), h]

  def norm_conv_backward(self, g: Tensor, x: Tensor, norm: List[Tensor], conv: List[Tensor], attrs: Tensor) -> List[Tensor]:
    # Through a 3 x 3 convolution of act(norm(x)), which a frozen one does not read.
    groups = int(attrs[0])
    eps = float(attrs[1])
    kind = int(attrs[2])
    if len(conv) > 2:
      back = self.adapted_conv_backward(g, self.act(self.group_norm_(x, norm, groups, eps), kind), conv, 1, 1)
    else:
      back = [self.conv_backward(g, conv[0], torch.size(g, 2), torch.size(g, 3), 1, 1)]
    back[0] = self.group_norm_act_backward(back[0], x, norm, groups, eps, kind)
    return back

  def resnet_block_backward(self, g: Tensor, inputs: List[Tensor], kept: List[Tensor], temb: List[Tensor], norm1: List[Tensor], conv1: List[Tensor], time_emb_proj: List[Tensor], norm2: List[Tensor], conv2: List[Tensor], conv_shortcut: List[Tensor], attrs: Tensor) -> List[Tensor]:
    if float(attrs[3]) != 1.:
      g = torch.div(g, float(attrs[3]))
    of_conv2 = self.norm_conv_backward(g, kept[0], norm2, conv2, attrs)
    of_time : List[Tensor] = []
    if len(time_emb_proj) > 2:
      of_time = self.linear_backward(torch.sum(of_conv2[0], [2, 3]), self.act(temb[0], int(attrs[2])), time_emb_proj, False)
    x = self.joined_inputs(inputs)
    of_conv1 = self.norm_conv_backward(of_conv2[0], x, norm1, conv1, attrs)
    dx = of_conv1[0]
    of_shortcut : List[Tensor] = []
    if len(conv_shortcut) > 2:
      around = self.adapted_conv_backward(g, x, conv_shortcut, 1, 0)
      dx = torch.add_(dx, around[0])
      of_shortcut = torch.slice(around, 1)
    elif torch.numel(conv_shortcut[0]) > 0:
      dx = torch.add_(dx, self.picture(self.dense(self.tokens(g), torch.t(torch.flatten(conv_shortcut[0], 1)), None), g))
    else:
      dx = torch.add_(dx, g)
    gradients : List[Tensor] = []
    if len(inputs) == 1:
      gradients.append(dx)
    else:
      at = 0
      for part in inputs:
        channels = torch.size(part, 1)
        gradients.append(torch.clone(torch.slice(dx, 1, at, at + channels)))
        at = at + channels
    of_layers = torch.add(torch.slice(of_conv1, 1), of_time)
    of_layers = torch.add(torch.add(of_layers, torch.slice(of_conv2, 1)), of_shortcut)
    return torch.add(gradients, of_layers)

  def transformer_in(self, x: Tensor, norm: List[Tensor], proj_in: List[Tensor], attrs: Tensor) -> Tensor:
    h = self.group_norm_(x, norm, int(attrs[0]), float(attrs[1]))
    return self.linear(self.tokens(h), self.as_linear(proj_in))

  def transformer_in_backward(self, g: Tensor, inputs: List[Tensor], norm: List[Tensor], proj_in: List[Tensor], attrs: Tensor) -> List[Tensor]:
    x = inputs[0]
    layer = self.as_linear(proj_in)
    normed = self.tokens(x)
    if len(layer) > 2:
      normed = self.tokens(self.group_norm_(x, norm, int(attrs[0]), float(attrs[1])))
    back = self.linear_backward(g, normed, layer, True)
    back[0] = self.group_norm_act_backward(self.picture(back[0], x), x, norm, int(attrs[0]), float(attrs[1]), -1)
    return back

  def transformer_out(self, h: Tensor, residual: Tensor, proj_out: List[Tensor]) -> Tensor:
    return torch.add(self.picture(self.linear(h, self.as_linear(proj_out)), residual), residual)

  def transformer_out_backward(self, g: Tensor, inputs: List[Tensor], proj_out: List[Tensor]) -> List[Tensor]:
    back = self.linear_backward(self.tokens(g), inputs[0], self.as_linear(proj_out), True)
    return torch.add([back[0], torch.clone(g)], torch.slice(back, 1))

  def attention(self, h: Tensor, context: List[Tensor], norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor) -> Tensor:
    # context = [words, mask]; without words, the picture attends to itself.
    x = self.layer_norm_(h, norm, 1.0e-05)
    y = x
    if torch.numel(context[0]) > 0:
      y = context[0]
    out = self.attend(self.linear(x, to_q), self.linear(y, to_k), self.linear(y, to_v), attention, context[1])
    return torch.add(self.linear(out, to_out), h)

  def attention_kept(self, h: Tensor, context: List[Tensor], norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor) -> List[Tensor]:
    x = self.layer_norm_(h, norm, 1.0e-05)
    y = x
    if torch.numel(context[0]) > 0:
      y = context[0]
    q = self.linear(x, to_q)
    k = self.linear(y, to_k)
    v = self.linear(y, to_v)
    out, sums = self.attend_kept(q, k, v, attention)
    return [torch.add(self.linear(out, to_out), h), q, k, v, out, sums]

  def attention_backward(self, g: Tensor, inputs: List[Tensor], kept: List[Tensor], context: List[Tensor], norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor) -> List[Tensor]:
    return self.gradients_of_attention(g, inputs[0], context[0], False, kept, norm, to_q, to_k, to_v, to_out, attention)

  def cross_attention(self, h: Tensor, words: Tensor, norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor) -> Tensor:
    # attention whose words, all attended to, have a gradient.
    return self.attention(h, [words, self.no_mask(h)], norm, to_q, to_k, to_v, to_out, attention)

  def cross_attention_kept(self, h: Tensor, words: Tensor, norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor) -> List[Tensor]:
    return self.attention_kept(h, [words, self.no_mask(h)], norm, to_q, to_k, to_v, to_out, attention)

  def cross_attention_backward(self, g: Tensor, inputs: List[Tensor], kept: List[Tensor], norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor) -> List[Tensor]:
    return self.gradients_of_attention(g, inputs[0], inputs[1], True, kept, norm, to_q, to_k, to_v, to_out, attention)

  def gradients_of_attention(self, g: Tensor, h: Tensor, words: Tensor, of_words: bool, kept: List[Tensor], norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor) -> List[Tensor]:
    # Of h, of the words where asked for (in fp32), of A and B.
    q, k, v, out, sums = kept
    to_itself = torch.numel(words) == 0
    after = self.linear_backward(g, out, to_out, True)
    dq, dk, dv = self.attend_backward(after[0], q, k, v, out, sums, attention)
    x = torch.to(self.layer_norm_(h, norm, 1.0e-05), 6)
    y = x
    if not to_itself:
      y = words
    of_q = self.linear_backward(dq, x, to_q, True)
    of_k = self.linear_backward(dk, y, to_k, to_itself or of_words)
    of_v = self.linear_backward(dv, y, to_v, to_itself or of_words)
    dx = of_q[0]
    if to_itself:
      dx = torch.add_(torch.add_(dx, of_k[0]), of_v[0])
    dh = torch.add_(self.layer_norm_backward(dx, h, norm), g)
    back = [dh]
    if of_words:
      back.append(torch.add(torch.to(of_k[0], 6), of_v[0]))
    if to_itself or of_words:
      of_k = torch.slice(of_k, 1)
      of_v = torch.slice(of_v, 1)
    back = torch.add(torch.add(back, torch.slice(of_q, 1)), of_k)
    return torch.add(torch.add(back, of_v), torch.slice(after, 1))

  def with_null(self, x: Tensor, null: Tensor) -> Tensor:
    # [batch, words, heads * width] with the learned vector [width] before the words, in each head.
    heads = torch.size(x, 2) // torch.size(null, 0)
    first = torch.expand(torch.reshape(torch.repeat(null, [heads]), [1, 1, -1]), [torch.size(x, 0), -1, -1])
    return torch.cat([first, x], 1)

  def null_mask(self, mask: Tensor) -> Tensor:
    # Attending to nothing is always allowed.
    if torch.numel(mask) == 0:
      return mask
    return torch.constant_pad_nd(mask, [1, 0], 1)

  def unit_heads(self, x: Tensor, width: int) -> Tensor:
    # Every head's vector divided by its length, in fp32.
    heads = torch.reshape(torch.to(x, 6), [torch.size(x, 0), torch.size(x, 1), -1, width])
    length = torch.clamp_min(torch.norm(heads, 2, [-1], True), 1.0e-12)
    return torch.reshape(torch.div(heads, length), x.shape)

  def multi_query_attention(self, h: Tensor, context: List[Tensor], norm: List[Tensor], norm_context: List[Tensor], null_kv: List[Tensor], to_q: List[Tensor], to_kv: List[Tensor], to_out: List[Tensor], attention: Tensor) -> Tensor:
    x = self.layer_norm_(h, norm, 1.0e-05)
    y = self.layer_norm_(context[0], norm_context, 1.0e-05)
    k, v = torch.chunk(self.linear(y, to_kv), 2, -1)
    k = self.with_null(k, torch.select(null_kv[0], 0, 0))
    v = self.with_null(v, torch.select(null_kv[0], 0, 1))
    out = self.attend(self.linear(x, to_q), k, v, attention, self.null_mask(context[1]))
    return torch.add(self.linear(out, to_out), h)

  def cosine_attention(self, h: Tensor, context: List[Tensor], norm: List[Tensor], null_kv: List[Tensor], to_q: List[Tensor], to_kv: List[Tensor], to_out: List[Tensor], norm_out: List[Tensor], attention: Tensor) -> Tensor:
    x = self.layer_norm_(h, norm, 1.0e-05)
    k, v = torch.chunk(self.linear(context[0], to_kv), 2, -1)
    k = self.with_null(k, torch.select(null_kv[0], 0, 0))
    v = self.with_null(v, torch.select(null_kv[0], 0, 1))
    width = torch.size(null_kv[0], 1)
    q = self.unit_heads(self.linear(x, to_q), width)
    out = self.attend(q, self.unit_heads(k, width), v, attention, self.null_mask(context[1]))
    y = self.linear(torch.to(out, h.dtype), to_out)
    return torch.add(self.layer_norm_(y, norm_out, 1.0e-05), h)

  def pieces(self, h: Tensor, layers: List[List[Tensor]]) -> int:
    # Into how many pieces of its tokens a feed-forward is cut: what is eight times as wide as its
    # input then fits the caches.
    for layer in layers:
      if len(layer) > 2:
        return 1
    tokens = torch.size(h, 0) * torch.size(h, 1)
    if torch.is_grad_enabled() or ops.prim.is_cuda(h) or tokens < 1024:
      return 1
    return tokens // 1024

  def feed_forward(self, h: Tensor, norm: List[Tensor], proj: List[Tensor], out: List[Tensor]) -> Tensor:
    return self.feed_forward_in_pieces(h, norm, proj, out, False, annotate(List[Tensor], []))

  def feed_forward_in_pieces(self, h: Tensor, norm: List[Tensor], proj: List[Tensor], out: List[Tensor], keeps: bool, kept: List[Tensor]) -> Tensor:
    # GEGLU (Shazeer 2020, arXiv 2002.05202). The projection of each piece is added to what is kept.
    parts : List[Tensor] = []
    for part in torch.chunk(h, self.pieces(h, [proj, out]), 1):
      projected = self.feed_forward_projection(part, norm, proj)
      if keeps:
        kept.append(projected)
      value, gate = torch.chunk(projected, 2, -1)
      parts.append(torch.add(self.linear(torch.mul(value, torch.gelu(gate)), out), part))
    return self.joined_pieces(parts)

  def joined_pieces(self, parts: List[Tensor]) -> Tensor:
    if len(parts) == 1:
      return parts[0]
    return torch.cat(parts, 1)

  def feed_forward_projection(self, h: Tensor, norm: List[Tensor], proj: List[Tensor]) -> Tensor:
    return self.linear(self.layer_norm_(h, norm, 1.0e-05), proj)

  def keeps_projection(self, h: Tensor, proj: List[Tensor]) -> bool:
    # Up to 12 MiB: in half precision all but that at 64 x 64. What is larger is computed anew; else
    # it would be near half of all that a pass keeps.
    bytes = 2
    if h.dtype == 6:
      bytes = 4
    return torch.size(h, 0) * torch.size(h, 1) * torch.size(proj[0], 0) * bytes <= 12582912

  def feed_forward_kept(self, h: Tensor, norm: List[Tensor], proj: List[Tensor], out: List[Tensor]) -> List[Tensor]:
    # The projection of each piece, or one tensor without elements.
    kept : List[Tensor] = []
    y = self.feed_forward_in_pieces(h, norm, proj, out, self.keeps_projection(h, proj), kept)
    if len(kept) == 0:
      kept.append(self.no_mask(h))
    return torch.add([y], kept)

  def feed_forward_backward(self, g: Tensor, inputs: List[Tensor], kept: List[Tensor], norm: List[Tensor], proj: List[Tensor], out: List[Tensor]) -> List[Tensor]:
    h = inputs[0]
    pieces = self.pieces(h, [proj, out])
    gs = torch.chunk(g, pieces, 1)
    hs = torch.chunk(h, pieces, 1)
    dh : List[Tensor] = []
    back : List[Tensor] = []
    for i in range(len(hs)):
      if torch.numel(kept[0]) > 0:
        projected = kept[i]
      else:
        projected = self.feed_forward_projection(hs[i], norm, proj)
      # Adapted layers are not cut in pieces.
      back = self.feed_forward_backward_of(gs[i], hs[i], projected, norm, proj, out)
      dh.append(back[0])
    return torch.add([self.joined_pieces(dh)], torch.slice(back, 1))

  def feed_forward_backward_of(self, g: Tensor, h: Tensor, projected: Tensor, norm: List[Tensor], proj: List[Tensor], out: List[Tensor]) -> List[Tensor]:
    value, gate = torch.chunk(projected, 2, -1)
    open = torch.gelu(gate)
    gated = value
    if len(out) > 2:
      gated = torch.mul(value, open)
    of_out = self.linear_backward(g, gated, out, True)
    dgated = of_out[0]
    dprojected = torch.cat([torch.mul(dgated, open), torch.gelu_backward(torch.mul(dgated, value), gate)], -1)
    x = h
    if len(proj) > 2:
      x = self.layer_norm_(h, norm, 1.0e-05)
    of_proj = self.linear_backward(dprojected, x, proj, True)
    dh = torch.add_(self.layer_norm_backward(of_proj[0], h, norm), g)
    return torch.add(torch.add([dh], torch.slice(of_proj, 1)), torch.slice(of_out, 1))

  def downsample(self, x: Tensor, layer: List[Tensor], attrs: Tensor) -> Tensor:
    if int(attrs[0]) == 0:
      x = torch.constant_pad_nd(x, [0, 1, 0, 1])
    return self.conv(x, layer, 2, int(attrs[0]))

  def downsample_backward(self, g: Tensor, inputs: List[Tensor], layer: List[Tensor], attrs: Tensor) -> List[Tensor]:
    x = inputs[0]
    height = torch.size(x, 2)
    width = torch.size(x, 3)
    padding = int(attrs[0])
    framed = padding == 0
    if len(layer) > 2:
      if framed:
        x = torch.constant_pad_nd(x, [0, 1, 0, 1])
      back = self.adapted_conv_backward(g, x, layer, 2, padding)
    elif framed:
      back = [self.conv_backward(g, layer[0], height + 1, width + 1, 2, 0)]
    else:
      back = [self.conv_backward(g, layer[0], height, width, 2, padding)]
    if framed:
      back[0] = torch.clone(torch.slice(torch.slice(back[0], 2, 0, height), 3, 0, width))
    return back

  def upsample(self, x: Tensor, like: List[Tensor], layer: List[Tensor]) -> Tensor:
    # Twice the size, or the size of the skip connection that comes next.
    height = torch.size(x, 2) * 2
    width = torch.size(x, 3) * 2
    if torch.numel(like[0]) > 0:
      height = torch.size(like[0], 2)
      width = torch.size(like[0], 3)
    return self.conv(torch.upsample_nearest2d(x, [height, width]), layer, 1, 1)

  def upsample_backward(self, g: Tensor, inputs: List[Tensor], layer: List[Tensor]) -> List[Tensor]:
    size = [torch.size(g, 2), torch.size(g, 3)]
    if len(layer) > 2:
      back = self.adapted_conv_backward(g, torch.upsample_nearest2d(inputs[0], size), layer, 1, 1)
    else:
      back = [self.conv_backward(g, layer[0], size[0], size[1], 1, 1)]
    back[0] = torch.upsample_nearest2d_backward(back[0], size, inputs[0].shape)
    return back

  def norm_act_conv(self, x: Tensor, norm: List[Tensor], layer: List[Tensor], attrs: Tensor) -> Tensor:
    h = self.act(self.group_norm_(x, norm, int(attrs[0]), float(attrs[1])), int(attrs[2]))
    return self.conv(h, layer, 1, int(attrs[3]))

  def norm_act_conv_backward(self, g: Tensor, inputs: List[Tensor], norm: List[Tensor], layer: List[Tensor], attrs: Tensor) -> List[Tensor]:
    x = inputs[0]
    groups = int(attrs[0])
    eps = float(attrs[1])
    kind = int(attrs[2])
    padding = int(attrs[3])
    if len(layer) > 2:
      back = self.adapted_conv_backward(g, self.act(self.group_norm_(x, norm, groups, eps), kind), layer, 1, padding)
    else:
      back = [self.conv_backward(g, layer[0], torch.size(x, 2), torch.size(x, 3), 1, padding)]
    back[0] = self.group_norm_act_backward(back[0], x, norm, groups, eps, kind)
    return back

  def center(self, x: Tensor) -> Tensor:
    return torch.sub(torch.mul(x, 2.), 1.)

  # ---- AutoencoderKL, AutoencoderTiny -------------------------------------------------------

  def image_attention(self, x: Tensor, group_norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor, attrs: Tensor) -> Tensor:
    tokens = torch.transpose(torch.flatten(self.group_norm_(x, group_norm, int(attrs[0]), float(attrs[1])), 2), 1, 2)
    out = self.attend(self.linear(tokens, to_q), self.linear(tokens, to_k), self.linear(tokens, to_v), attention, self.no_mask(x))
    return torch.add(torch.reshape(torch.transpose(self.linear(out, to_out), 1, 2), x.shape), x)

  def split_moments(self, moments: Tensor) -> List[Tensor]:
    mean, logvar = torch.chunk(torch.to(moments, 6), 2, 1)
    return [torch.contiguous(mean), torch.contiguous(torch.clamp(logvar, -30., 20.))]

  def tiny_block(self, x: Tensor, conv_0: List[Tensor], conv_2: List[Tensor], conv_4: List[Tensor], attrs: Tensor) -> Tensor:
    kind = int(attrs[0])
    h = self.act(self.conv(x, conv_0, 1, 1), kind)
    h = self.conv(self.act(self.conv(h, conv_2, 1, 1), kind), conv_4, 1, 1)
    return torch.relu(torch.add(h, x))

  def activation(self, x: Tensor, attrs: Tensor) -> Tensor:
    return self.act(x, int(attrs[0]))

  def tiny_input(self, x: Tensor) -> Tensor:
    return torch.div(torch.add(x, 1.), 2.)

  def tiny_bound(self, x: Tensor) -> Tensor:
    return torch.mul(torch.tanh(torch.div(x, 3.)), 3.)

  # ---- CLIPTextModel ------------------------------------------------------------------------

  def clip_embeddings(self, ids: Tensor, token: List[Tensor], position: List[Tensor], attrs: Tensor) -> Tensor:
    # token: the table, and perhaps rows that stand for the ids from attrs[0] on. In fp32 from here
    # on, whatever type the weights are kept in.
    if len(token) == 1:
      words = torch.to(torch.embedding(token[0], ids), 6)
    else:
      known = int(attrs[0])
      learned = torch.embedding(token[1], torch.clamp_min(torch.sub(ids, known), 0))
      words = torch.to(torch.embedding(token[0], torch.clamp_max(ids, known - 1)), 6)
      words = torch.where(torch.unsqueeze(torch.ge(ids, known), -1), learned, words)
    return torch.add(words, torch.to(torch.slice(position[0], 0, 0, torch.size(ids, 1)), 6))

  def clip_layer(self, h: Tensor, norm1: List[Tensor], q: List[Tensor], k: List[Tensor], v: List[Tensor], out: List[Tensor], norm2: List[Tensor], fc1: List[Tensor], fc2: List[Tensor], attention: Tensor, attrs: Tensor) -> Tensor:
    eps = float(attrs[0])
    x = self.layer_norm_(h, norm1, eps)
    a = self.attend(self.linear(x, q), self.linear(x, k), self.linear(x, v), attention, self.no_mask(x))
    h = torch.add(h, self.linear(a, out))
    m = self.act(self.linear(self.layer_norm_(h, norm2, eps), fc1), int(attrs[1]))
    return torch.add(h, self.linear(m, fc2))

  def layer_norm(self, x: Tensor, norm: List[Tensor], attrs: Tensor) -> Tensor:
    return self.layer_norm_(x, norm, float(attrs[0]))

  def pooled(self, h: Tensor, at: Tensor) -> Tensor:
    return torch.stack([torch.select(torch.select(h, 0, i), 0, int(at[i])) for i in range(torch.size(h, 0))])

  # ---- training -----------------------------------------------------------------------------

  def mse(self, prediction: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    # Mean over all but the batch, weighed a sample, mean over the batch; in fp32.
    error = torch.sub(torch.to(prediction, 6), target)
    per_sample = torch.mean(torch.flatten(torch.mul(error, error), 1), [1])
    return torch.mean(torch.mul(per_sample, weights))

  def masked_mse(self, prediction: Tensor, target: Tensor, mask: Tensor, weights: Tensor) -> Tensor:
    # As mse, each pixel's error weighed.
    error = torch.sub(torch.to(prediction, 6), target)
    per_sample = torch.mean(torch.flatten(torch.mul(torch.mul(error, error), mask), 1), [1])
    return torch.mean(torch.mul(per_sample, weights))

  def pseudo_huber(self, prediction: Tensor, target: Tensor, c: Tensor, factor: Tensor, mask: Tensor, weights: Tensor) -> Tensor:
    # factor (sqrt(e^2 + c^2) - c), each pixel's error weighed; means as in mse.
    error = torch.sub(torch.to(prediction, 6), target)
    root = torch.sqrt(torch.add(torch.mul(error, error), torch.mul(c, c)))
    cost = torch.mul(torch.mul(factor, torch.sub(root, c)), mask)
    per_sample = torch.mean(torch.flatten(cost, 1), [1])
    return torch.mean(torch.mul(per_sample, weights))

  def requires_gradient(self, x: Tensor) -> Tensor:
    return torch.full([1], float(x.requires_grad), dtype=6)

  def flattened(self, tensors: List[Tensor]) -> Tensor:
    parts : List[Tensor] = []
    for tensor in tensors:
      parts.append(torch.reshape(tensor, [-1]))
    return torch.cat(parts)

  def sum_of(self, a: Tensor, b: Tensor) -> Tensor:
    return torch.add(a, b)

  def fused_weight(self, weight: Tensor, a: Tensor, b: Tensor, scale: Tensor, magnitude: Tensor) -> Tensor:
    update = torch.matmul(torch.flatten(b, 1), torch.flatten(a, 1))
    update = torch.reshape(torch.mul(update, scale), weight.shape)
    fused = torch.add(torch.to(weight, 6), update)
    if torch.numel(magnitude) > 0:
      rows = torch.flatten(fused, 1)
      factor = torch.div(magnitude, torch.norm(rows, 2, [1]))
      fused = torch.reshape(torch.mul(rows, torch.unsqueeze(factor, 1)), weight.shape)
    return torch.to(fused, weight.dtype)

  def with_rows(self, table: Tensor, rows: Tensor, attrs: Tensor) -> Tensor:
    kept = torch.slice(table, 0, 0, int(attrs[0]))
    return torch.cat([kept, torch.to(rows, table.dtype)])

  def scatter(self, flat: Tensor, leaves: List[Tensor]) -> Tensor:
    at = 0
    for leaf in leaves:
      n = torch.numel(leaf)
      _ = torch.copy_(leaf, torch.reshape(torch.slice(flat, 0, at, at + n), leaf.shape))
      at = at + n
    return flat

  def gather(self, gradients: List[Tensor]) -> Tensor:
    # All gradients as one fp32 vector; they are zeroed for the next micro-batch.
    parts : List[Tensor] = []
    for gradient in gradients:
      parts.append(torch.reshape(gradient, [-1]))
    flat = torch.cat(parts)
    for gradient in gradients:
      _ = torch.zero_(gradient)
    return flat
