# 3 x 3 convolutions by minimal filtering (Lavin & Gray 2016, arXiv 1509.09308, after Winograd).
#
# For m x m pixels of a convolution this takes (m + 2)^2 multiplications per channel, as products of
# matrices: 36 for m = 4 and 16 for m = 2, instead of 144 and 36. Polynomials are evaluated at 0, 1,
# -1 and infinity for m = 2. For m = 4 they are evaluated at 0, 3/4, -3/4, 3/2, -3/2 and infinity,
# which gives a quarter of the error of the usual 0, 1, -1, 2, -2 (on the choice see Barabasz et al.
# 2020, arXiv 1803.10986). Only CPUs in fp32 use it.
class Ops(Module):

  def tile_side(self, x: Tensor, weight: Tensor) -> int:
    # m; 0 where another way is faster. Kernels are transformed in every call, which takes twice as
    # long for m = 4 as for m = 2. It does not pay for few pixels.
    pixels = torch.size(x, 0) * torch.size(x, 2) * torch.size(x, 3)
    if pixels < 256 or x.dtype != self.fp32() or not self.takes_products(x, weight):
      return 0
    if pixels < 1024:
      return 2
    return 4

  def in_both_directions(self, values: List[float], rows: int) -> Tensor:
    one = torch.reshape(torch.tensor(values, dtype=self.fp32()), [rows, -1])
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
    # [batch, rows of tiles, m + 2, m + 2, tiles of a row, channels], a view: tiles overlap by two
    # pixels.
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
    # Multiplies transformed tiles and kernels and puts the result, transformed back, into y from a
    # row of tiles on. Gives the row after them.
    out = torch.mm(result, torch.reshape(torch.bmm(v, u), [torch.size(v, 0), -1]))
    m = torch.size(y, 2)
    channels = torch.size(u, 2)
    out = torch.reshape(out, [m, m, torch.size(y, 0), -1, torch.size(y, 3), channels])
    end = row + torch.size(out, 3)
    place = torch.slice(torch.slice(y, 1, row, end), 5, channel, channel + channels)
    _ = torch.copy_(place, torch.permute(out, [2, 3, 0, 4, 1, 5]))
    return end

  def filtered(self, x: Tensor, weight: Tensor, m: int, bias: Optional[Tensor], reverse: bool) -> Tensor:
    # The convolution of stride 1 and padding 1. In reverse it is the gradient of the input: the
    # convolution by the same kernels turned round, with inputs and outputs exchanged.
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
    y = torch.empty([batch, high, m, wide, m, channels], dtype=self.fp32())
    # At most 32 MiB of transformed kernels at a time: they are still in the cache when multiplied.
    pieces = torch.size(kernel, 0) * torch.size(weight, 0) * torch.size(weight, 1) // 8388608 + 1
    if pieces == 1:
      row = 0
      u = self.transformed_kernels(weight, kernel, reverse)
      for strip in strips:
        row = self.put_filtered(y, self.transformed_tiles(strip, tile), u, result, row, 0)
    else:
      # There are many channels, and so few tiles.
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
