# AutoencoderKL and AutoencoderTiny.
class Ops(Module):

  def image_attention(self, x: Tensor, group_norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor, attrs: Tensor) -> Tensor:
    tokens = torch.transpose(torch.flatten(self.group_norm_(x, self.group_norm_of(group_norm, attrs)), 2), 1, 2)
    out = self.attend(self.linear(tokens, to_q), self.linear(tokens, to_k), self.linear(tokens, to_v), attention, self.nothing(x))
    return torch.add(torch.reshape(torch.transpose(self.linear(out, to_out), 1, 2), x.shape), x)

  def split_moments(self, moments: Tensor) -> List[Tensor]:
    mean, logvar = torch.chunk(torch.to(moments, self.fp32()), 2, 1)
    return [torch.contiguous(mean), torch.contiguous(torch.clamp(logvar, -30., 20.))]

  def tiny_block(self, x: Tensor, conv_0: List[Tensor], conv_2: List[Tensor], conv_4: List[Tensor], attrs: Tensor) -> Tensor:
    # attrs: [activation]
    kind = int(attrs[0])
    window = __torch__.Window(1, 1)
    h = self.act(self.conv(x, conv_0, window), kind)
    h = self.conv(self.act(self.conv(h, conv_2, window), kind), conv_4, window)
    return torch.relu(torch.add(h, x))

  def activation(self, x: Tensor, attrs: Tensor) -> Tensor:
    # attrs: [activation]
    return self.act(x, int(attrs[0]))

  def tiny_input(self, x: Tensor) -> Tensor:
    return torch.div(torch.add(x, 1.), 2.)

  def tiny_bound(self, x: Tensor) -> Tensor:
    return torch.mul(torch.tanh(torch.div(x, 3.)), 3.)
