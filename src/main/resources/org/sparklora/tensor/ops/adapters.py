# Low-rank adapters: dropout, DoRA's norms, and the update B A x of linear layers and convolutions.
class Ops(Module):

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
    at = torch.arange(torch.size(rows, 1), dtype=self.int64(), device=x.device)
    noise = self.hash32(torch.bitwise_xor(self.hash32(torch.unsqueeze(at, 0)), torch.unsqueeze(keys, 1)))
    keep = torch.div(torch.to(threshold, self.fp64()), 4294967296.)
    mask = torch.div(torch.to(torch.lt(noise, threshold), x.dtype), torch.to(keep, x.dtype))
    return torch.reshape(torch.mul(rows, mask), x.shape)

  def kept(self, at: Tensor, keys: Tensor, threshold: Tensor, salt: int) -> Tensor:
    # 1 or 0 for each sample and place, fp32. The salt tells kinds of masks of one key apart.
    salted = self.hash32(torch.bitwise_xor(torch.unsqueeze(keys, 1), salt))
    noise = self.hash32(torch.bitwise_xor(self.hash32(torch.unsqueeze(at, 0)), salted))
    return torch.to(torch.lt(noise, threshold), self.fp32())

  def share(self, threshold: Tensor) -> Tensor:
    return torch.to(torch.div(torch.to(threshold, self.fp64()), 4294967296.), self.fp32())

  def inner_factors(self, down: Tensor, inner: Tensor) -> Tensor:
    # What A x is multiplied by, of its shape: values and ranks are kept or dropped with inverted
    # dropout, a whole layer without.
    keys = torch.slice(inner, 0, 3)
    at = torch.arange(torch.numel(down) // torch.size(keys, 0), dtype=self.int64(), device=down.device)
    if torch.dim(down) == 4:
      rank = torch.floor_divide(at, torch.size(down, 2) * torch.size(down, 3))
    else:
      rank = torch.remainder(at, torch.size(down, -1))
    values = torch.select(inner, 0, 0)
    ranks = torch.select(inner, 0, 1)
    factors = torch.div(self.kept(at, keys, values, 1), self.share(values))
    factors = torch.mul(factors, torch.div(self.kept(rank, keys, ranks, 2), self.share(ranks)))
    factors = torch.mul(factors, self.kept(torch.slice(at, 0, 0, 1), keys, torch.select(inner, 0, 2), 3))
    return torch.reshape(factors, down.shape)

  def inner_dropped(self, down: Tensor, adapter: __torch__.Adapter) -> Tensor:
    # A x, or its gradient, under the dropout inside of the adapter.
    if torch.numel(adapter.inner) == 0:
      return down
    return torch.mul(down, self.inner_factors(down, adapter.inner))

  def dora_norm(self, weight: Tensor, a: Tensor, b: Tensor, scale: Tensor, norm: Tensor) -> Tensor:
    # Puts ||W + s B A|| of each row into norm. B A is as large as W; products with r columns give
    # the same: ||W||^2 + 2 s <W, B A> + s^2 ||B A||^2.
    w = torch.to(torch.flatten(weight, 1), self.fp32())
    rows = torch.flatten(a, 1)
    columns = torch.flatten(b, 1)
    squares = torch.square(torch.norm(w, 2, [1]))
    across = torch.sum(torch.mul(torch.matmul(w, torch.t(rows)), columns), [1])
    update = torch.sum(torch.mul(torch.matmul(columns, torch.matmul(rows, torch.t(rows))), columns), [1])
    squares = torch.add(torch.add(squares, torch.mul(torch.mul(across, scale), 2.)), torch.mul(update, torch.mul(scale, scale)))
    return torch.copy_(norm, torch.sqrt(torch.clamp_min(squares, 0.)))

  def is_linear(self, layer: List[Tensor]) -> bool:
    return torch.dim(layer[0]) == 2

  def update(self, taken: Tensor, adapter: __torch__.Adapter, weight: Tensor, window: __torch__.Window) -> Tensor:
    # scale B A x, fp32, of the input x that dropout left.
    if self.is_factored(adapter):
      return self.factored_update(taken, adapter, weight, window)
    if torch.dim(adapter.a) == 2:
      down = self.inner_dropped(self.dense(taken, adapter.a, None), adapter)
      return self.dense(torch.mul(down, adapter.scale), adapter.b, None)
    down = torch.conv2d(taken, adapter.a, None, [window.stride, window.stride], [window.padding, window.padding])
    down = self.inner_dropped(down, adapter)
    return torch.mul(torch.conv2d(down, adapter.b), adapter.scale)

  def update_backward(self, g: Tensor, taken: Tensor, adapter: __torch__.Adapter, weight: Tensor, window: __torch__.Window, of_x: bool) -> Tuple[List[Tensor], Tensor]:
    # u = s B A x has the gradients of A x, A and B
    #   d(A x) = s B^T g      dA = d(A x) x^T      dB = g (s A x)^T
    # summed over all rows [rows, channels]; a convolution by B is a product of the pixels' rows. g
    # and taken are rows of a linear layer, or pictures. The result is the gradients of the factors, and
    # what update_backward_of_input takes.
    if self.is_factored(adapter):
      back = self.factored_update_backward(g, taken, adapter, weight, window, of_x)
      return [back[0]], back[-1]
    if torch.dim(adapter.a) == 2:
      down = torch.mul(self.inner_dropped(self.dense(taken, adapter.a, None), adapter), adapter.scale)
      ddown = torch.mul(self.inner_dropped(self.dense(g, torch.t(adapter.b), None), adapter), adapter.scale)
      return [torch.matmul(torch.t(ddown), taken), torch.t(torch.matmul(torch.t(down), g))], ddown
    strides = [window.stride, window.stride]
    paddings = [window.padding, window.padding]
    down = self.inner_dropped(torch.conv2d(taken, adapter.a, None, strides, paddings), adapter)
    rows = torch.flatten(self.tokens(g), 0, 1)
    of_b = torch.mul(torch.matmul(torch.t(rows), torch.flatten(self.tokens(down), 0, 1)), adapter.scale)
    ddown = torch.mul(torch.matmul(rows, torch.flatten(adapter.b, 1)), adapter.scale)
    ddown = self.picture(torch.reshape(ddown, [torch.size(g, 0), -1, torch.size(ddown, 1)]), g)
    ddown = self.inner_dropped(ddown, adapter)
    _, of_a, _0 = torch.convolution_backward(ddown, taken, adapter.a, None, strides, paddings, [1, 1], False, [0, 0], 1, [False, True, False])
    return [of_a, of_b], ddown

  def update_backward_of_input(self, ddown: Tensor, x: Tensor, adapter: __torch__.Adapter, window: __torch__.Window) -> Tensor:
    # A^T d(A x), of the shape of x. An update that is a whole matrix has it already.
    if self.is_factored(adapter):
      return ddown
    if torch.dim(adapter.a) == 2:
      return self.dense(ddown, torch.t(adapter.a), None)
    return (torch.convolution_backward(ddown, x, adapter.a, None, [window.stride, window.stride], [window.padding, window.padding], [1, 1], False, [0, 0], 1, [True, False, False]))[0]
