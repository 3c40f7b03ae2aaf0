# Layers with adapters on them: y = W x + b and what each adapter adds. Adapters are added in fp32,
# and the sum is rounded once. With DoRA (Liu et al. 2024, arXiv 2402.09353, as PEFT computes it) an
# adapter scales the rows of what it finds:
#
#   y <- m / norm (y + s B A x)
#
# With dropout, x' being the dropped input, it scales only what the weight makes of x':
#
#   y <- y + (m / norm - 1) W x' + m / norm s B A x'
class Ops(Module):

  def frozen(self, x: Tensor, layer: List[Tensor], window: __torch__.Window) -> Tensor:
    # W x without the bias, fp32.
    if self.is_linear(layer):
      return torch.to(self.dense(x, layer[0], None), self.fp32())
    return torch.to(self.frozen_conv(x, layer[0], None, window.stride, window.padding), self.fp32())

  def by_row(self, values: Tensor, layer: List[Tensor]) -> Tensor:
    # [out], one for each row of W, to multiply results of the layer by.
    if self.is_linear(layer):
      return values
    return torch.reshape(values, [1, -1, 1, 1])

  def sum_by_row(self, results: Tensor, layer: List[Tensor]) -> Tensor:
    # The reverse: [out], summed over rows [rows, out] or pictures.
    if self.is_linear(layer):
      return torch.sum(results, [0])
    return torch.sum(results, [0, 2, 3])

  def with_dora(self, x: Tensor, layer: List[Tensor], window: __torch__.Window, scaled: List[Tensor]) -> Tensor:
    # The layer without its bias, fp32. What each adapter scaled is added to scaled.
    x32 = torch.to(x, self.fp32())
    y = self.frozen(x, layer, window)
    for adapter in self.adapters(layer):
      taken = self.dropped(x32, adapter.dropout)
      delta = self.update(taken, adapter, layer[0], window)
      if not self.has_magnitude(adapter):
        y = torch.add(y, delta)
        scaled.append(y)
      else:
        factor = self.by_row(torch.div(adapter.magnitude, adapter.norm), layer)
        if not self.drops(adapter):
          found = torch.add(y, delta)
          scaled.append(found)
          y = torch.mul(found, factor)
        else:
          base = self.frozen(torch.to(taken, x.dtype), layer, window)
          found = torch.add(base, delta)
          scaled.append(found)
          y = torch.add(torch.sub(y, base), torch.mul(found, factor))
    return y

  def dora(self, x: Tensor, layer: List[Tensor], window: __torch__.Window) -> Tensor:
    y = self.with_dora(x, layer, window, annotate(List[Tensor], []))
    if torch.numel(layer[1]) > 0:
      y = torch.add(y, self.by_row(layer[1], layer))
    return torch.to(y, x.dtype)

  def linear(self, x: Tensor, layer: List[Tensor]) -> Tensor:
    # [..., in] -> [..., out]
    if not self.is_adapted(layer):
      return self.dense(x, layer[0], self.bias(layer))
    if self.is_dora(layer):
      return self.dora(x, layer, __torch__.Window(1, 0))
    x32 = torch.to(x, self.fp32())
    y = self.dense_wide(x, layer[0], self.bias(layer))
    for adapter in self.adapters(layer):
      if self.is_factored(adapter):
        y = torch.add(y, self.update(self.dropped(x32, adapter.dropout), adapter, layer[0], __torch__.Window(1, 0)))
      else:
        down = self.inner_dropped(self.dense(self.dropped(x32, adapter.dropout), adapter.a, None), adapter)
        y = self.add_product(y, torch.mul(down, adapter.scale), adapter.b)
    return torch.to(y, x.dtype)

  def as_linear(self, layer: List[Tensor]) -> List[Tensor]:
    # A 1 x 1 convolution as the linear layer on tokens that it is.
    flat : List[Tensor] = []
    for i in range(len(layer)):
      if torch.dim(layer[i]) == 4:
        flat.append(torch.flatten(layer[i], 1))
      else:
        flat.append(layer[i])
    return flat

  def conv(self, x: Tensor, layer: List[Tensor], window: __torch__.Window) -> Tensor:
    # [batch, in, height, width] -> [batch, out, ...]
    if not self.is_adapted(layer):
      return self.frozen_conv(x, layer[0], self.bias(layer), window.stride, window.padding)
    if self.is_dora(layer):
      return self.dora(x, layer, window)
    y = self.frozen_conv(x, layer[0], self.bias(layer), window.stride, window.padding)
    x32 = torch.to(x, self.fp32())
    deltas : List[Tensor] = []
    for adapter in self.adapters(layer):
      delta = self.update(self.dropped(x32, adapter.dropout), adapter, layer[0], window)
      if len(deltas) > 0:
        delta = torch.add(deltas[0], delta)
      deltas = [delta]
    return torch.to(torch.add(torch.to(y, self.fp32()), deltas[0]), y.dtype)

  def frozen_backward(self, g: Tensor, x: Tensor, layer: List[Tensor], window: __torch__.Window) -> Tensor:
    # W^T g, of the size of x, whose values are not read.
    if self.is_linear(layer):
      return self.dense(g, torch.t(layer[0]), None)
    return self.conv_backward(g, layer[0], torch.size(x, 2), torch.size(x, 3), window)

  def frozen_backward_wide(self, g: Tensor, x: Tensor, layer: List[Tensor], window: __torch__.Window) -> Tensor:
    # frozen_backward, as fp32.
    if self.is_linear(layer):
      return self.dense_wide(g, torch.t(layer[0]), None)
    return self.conv_backward_wide(g, layer[0], torch.size(x, 2), torch.size(x, 3), window)

  def layer_backward(self, g: Tensor, x: Tensor, layer: List[Tensor], window: __torch__.Window, of_x: bool) -> List[Tensor]:
    # The one way back through a layer, linear or a convolution. g is the gradient of the result, x
    # the input; a frozen layer reads only the size of x. The result is [gradient of x, in the type
    # of g, where of_x says so] and the gradients of A, B and any magnitude of each adapter, fp32.
    #
    # The way back meets the adapters in reverse. With g the gradient of what an adapter made:
    #   without a magnitude  u = g
    #   with one             u = m / norm g            dm = sum over rows of (g what it scaled) / norm
    #   A and B              from u and the dropped x' (see update_backward)
    #   goes on as           g <- u                    with a magnitude and dropout: g
    #   x gets               drop(A^T d(A x'))         with a magnitude and dropout: drop(... + W^T (u - g))
    # and in the end dx = W^T g + what the adapters gave x, summed in fp32 and rounded once.
    adapters = self.adapters(layer)
    if len(adapters) == 0:
      if of_x:
        return [self.frozen_backward(g, x, layer, window)]
      return annotate(List[Tensor], [])
    compute = layer[0].dtype
    shape = x.shape
    type = g.dtype
    if self.is_linear(layer):
      x = torch.flatten(x, 0, -2)
      g = torch.flatten(g, 0, -2)
    x32 = torch.to(x, self.fp32())
    # With DoRA what each adapter scaled is computed anew: the gradient of the magnitude needs it.
    scaled : List[Tensor] = []
    if self.is_dora(layer):
      _ = self.with_dora(torch.to(x, compute), layer, window, scaled)
    back : List[Tensor] = []
    shares : List[Tensor] = []
    upstream = torch.to(g, self.fp32())
    for j in range(len(adapters)):
      i = len(adapters) - 1 - j
      adapter = adapters[i]
      of_adapter : List[Tensor] = []
      of_update = upstream
      of_base = self.nothing(upstream)
      if self.has_magnitude(adapter):
        factor = self.by_row(torch.div(adapter.magnitude, adapter.norm), layer)
        of_adapter.append(torch.div(self.sum_by_row(torch.mul(upstream, scaled[i]), layer), adapter.norm))
        of_update = torch.mul(upstream, factor)
        if self.drops(adapter):
          of_base = torch.to(torch.sub(of_update, upstream), compute)
        else:
          upstream = of_update
      taken = self.dropped(x32, adapter.dropout)
      of_factors, ddown = self.update_backward(of_update, taken, adapter, layer[0], window, of_x)
      back = torch.add(torch.add(of_factors, of_adapter), back)
      if of_x and self.adds_in_place(adapter):
        shares.append(ddown)
      elif of_x:
        share = self.update_backward_of_input(ddown, taken, adapter, window)
        if torch.numel(of_base) > 0:
          share = torch.add(share, torch.to(self.frozen_backward(of_base, x, layer, window), self.fp32()))
        shares.append(self.dropped(share, adapter.dropout))
    if not of_x:
      return back
    dx = self.frozen_backward_wide(torch.to(upstream, compute), x, layer, window)
    for i in range(len(adapters)):
      share = shares[len(adapters) - 1 - i]
      if self.adds_in_place(adapters[i]):
        dx = self.add_product(dx, share, torch.t((adapters[i]).a))
      else:
        dx = torch.add_(dx, share)
    return torch.add([torch.to(torch.reshape(dx, shape), type)], back)

  def adds_in_place(self, adapter: __torch__.Adapter) -> bool:
    # Whether A^T d(A x) is added to dx by the product itself, without a tensor as large as x.
    return torch.dim(adapter.a) == 2 and not self.drops(adapter) and not self.has_magnitude(adapter)
