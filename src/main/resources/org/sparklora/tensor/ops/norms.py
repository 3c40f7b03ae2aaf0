# Activations and norms, and the ways back through them.
class Ops(Module):

  def act(self, x: Tensor, kind: int) -> Tensor:
    if kind == self.silu():
      return torch.silu(x)
    elif kind == self.gelu():
      return torch.gelu(x)
    elif kind == self.relu():
      return torch.relu(x)
    elif kind == self.mish():
      return torch.mish(x)
    elif kind == self.quick_gelu():
      return torch.mul(x, torch.sigmoid(torch.mul(x, 1.702)))
    elif kind == self.gelu_tanh():
      return torch.gelu(x, approximate="tanh")
    return x

  def act_backward(self, g: Tensor, x: Tensor, kind: int) -> Tensor:
    # g act'(x), elementwise. For quick_gelu, with s = sigmoid(1.702 x): g s (1 + 1.702 x (1 - s)).
    if kind == self.silu():
      return torch.silu_backward(g, x)
    elif kind == self.gelu():
      return torch.gelu_backward(g, x)
    elif kind == self.relu():
      return torch.threshold_backward(g, x, 0)
    elif kind == self.mish():
      return torch.mish_backward(g, x)
    elif kind == self.quick_gelu():
      gate = torch.sigmoid(torch.mul(x, 1.702))
      slope = torch.add(torch.mul(torch.mul(x, 1.702), torch.sub(1., gate)), 1.)
      return torch.mul(g, torch.mul(gate, slope))
    elif kind == self.gelu_tanh():
      return torch.gelu_backward(g, x, approximate="tanh")
    return g

  def group_norm_(self, x: Tensor, norm: __torch__.GroupNorm) -> Tensor:
    return torch.group_norm(x, norm.groups, norm.weight, norm.bias, norm.eps)

  def group_norm_act(self, x: Tensor, norm: __torch__.GroupNorm, kind: int) -> Tensor:
    return self.act(self.group_norm_(x, norm), kind)

  def group_norm_act_backward(self, g: Tensor, x: Tensor, norm: __torch__.GroupNorm, kind: int) -> Tensor:
    # Through act(h), h = w (x - mean) / std + b, with mean and std over the pixels and channels of
    # a group. h and both numbers are computed anew. Gives the gradient of x, [batch, channels,
    # height, width]: with d = w g act'(h) and n = (x - mean) / std, it is (d - mean(d) - n mean(d
    # n)) / std. torch's kernel takes two memory formats at once for one.
    x = self.image(x)
    g = self.image(g)
    batch = torch.size(x, 0)
    channels = torch.size(x, 1)
    pixels = torch.size(x, 2) * torch.size(x, 3)
    h, mean, rstd = torch.native_group_norm(x, norm.weight, norm.bias, batch, channels, pixels, norm.groups, norm.eps)
    dh = self.act_backward(g, h, kind)
    return (torch.native_group_norm_backward(dh, x, mean, rstd, norm.weight, batch, channels, pixels, norm.groups, [True, False, False]))[0]

  def layer_norm_(self, x: Tensor, norm: List[Tensor], eps: float) -> Tensor:
    return torch.layer_norm(x, [torch.size(x, -1)], torch.to(norm[0], x.dtype), torch.to(norm[1], x.dtype), eps)

  def layer_norm_backward(self, g: Tensor, x: Tensor, norm: List[Tensor]) -> Tensor:
    # As group_norm_act_backward, with mean and std over the channels of a token and no activation.
    # g and x are [batch, tokens, channels].
    shape = [torch.size(x, -1)]
    _, mean, rstd = torch.native_layer_norm(x, shape, norm[0], norm[1], 1.0e-05)
    return (torch.native_layer_norm_backward(g, x, shape, mean, rstd, norm[0], norm[1], [True, False, False]))[0]

  def layer_norm(self, x: Tensor, norm: List[Tensor], attrs: Tensor) -> Tensor:
    return self.layer_norm_(x, norm, float(attrs[0]))
