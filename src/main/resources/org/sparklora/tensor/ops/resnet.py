# ResnetBlock2D: two convolutions with the time embedding between them, and a shortcut around both.
#
#   attrs  [groups, eps, activation, what the sum is divided by, whether the time scales and shifts]
class Ops(Module):

  def output_scale(self, attrs: Tensor) -> float:
    return float(attrs[3])

  def scales_and_shifts(self, attrs: Tensor) -> bool:
    return bool(attrs[4])

  def joined_inputs(self, inputs: List[Tensor]) -> Tensor:
    if len(inputs) == 1:
      return inputs[0]
    return torch.cat(inputs, 1)

  def projected_time(self, temb: Tensor, time_emb_proj: List[Tensor], kind: int) -> Tensor:
    # [batch, channels, 1, 1]
    t = self.linear(self.act(temb, kind), time_emb_proj)
    return torch.unsqueeze(torch.unsqueeze(t, 2), 3)

  def resnet_hidden(self, x: Tensor, temb: List[Tensor], norm1: List[Tensor], conv1: List[Tensor], time_emb_proj: List[Tensor], attrs: Tensor) -> Tensor:
    # Up to the second norm, where the time is added before it.
    kind = self.activation_of(attrs)
    h = self.conv(self.group_norm_act(x, self.group_norm_of(norm1, attrs), kind), conv1, __torch__.Window(1, 1))
    if self.is_present(temb):
      h = torch.add(h, self.projected_time(temb[0], time_emb_proj, kind))
    return h

  def resnet_output(self, x: Tensor, normed: Tensor, conv2: List[Tensor], conv_shortcut: List[Tensor], attrs: Tensor) -> Tensor:
    h = self.conv(self.act(normed, self.activation_of(attrs)), conv2, __torch__.Window(1, 1))
    if self.is_present(conv_shortcut):
      x = self.conv(x, conv_shortcut, __torch__.Window(1, 0))
    y = torch.add(x, h)
    if self.output_scale(attrs) != 1.:
      y = torch.div(y, self.output_scale(attrs))
    return y

  def resnet_block(self, inputs: List[Tensor], temb: List[Tensor], norm1: List[Tensor], conv1: List[Tensor], time_emb_proj: List[Tensor], norm2: List[Tensor], conv2: List[Tensor], conv_shortcut: List[Tensor], attrs: Tensor) -> Tensor:
    # inputs are joined by channel; temb is [time], which may be absent.
    x = self.joined_inputs(inputs)
    group_norm = self.group_norm_of(norm2, attrs)
    if self.is_present(temb) and self.scales_and_shifts(attrs):
      h = self.resnet_hidden(x, [self.nothing(x)], norm1, conv1, time_emb_proj, attrs)
      scale, offset = torch.chunk(self.projected_time(temb[0], time_emb_proj, self.activation_of(attrs)), 2, 1)
      h = self.group_norm_(h, group_norm)
      h = torch.add(torch.mul(h, torch.add(scale, 1)), offset)
    else:
      h = self.resnet_hidden(x, temb, norm1, conv1, time_emb_proj, attrs)
      h = self.group_norm_(h, group_norm)
    return self.resnet_output(x, h, conv2, conv_shortcut, attrs)

  def resnet_block_kept(self, inputs: List[Tensor], temb: List[Tensor], norm1: List[Tensor], conv1: List[Tensor], time_emb_proj: List[Tensor], norm2: List[Tensor], conv2: List[Tensor], conv_shortcut: List[Tensor], attrs: Tensor) -> List[Tensor]:
    # A block that adds the time, which has no gradient, before the second norm. [result, what the
    # second norm takes]
    x = self.joined_inputs(inputs)
    h = self.resnet_hidden(x, temb, norm1, conv1, time_emb_proj, attrs)
    normed = self.group_norm_(h, self.group_norm_of(norm2, attrs))
    return [self.resnet_output(x, normed, conv2, conv_shortcut, attrs), h]

  def norm_act_conv_back(self, g: Tensor, x: Tensor, norm: __torch__.GroupNorm, kind: int, conv: List[Tensor], padding: int) -> List[Tensor]:
    # Through a convolution of act(norm(x)), which keeps the picture's size. [dx, of conv's
    # adapters...]
    taken = x
    if self.is_adapted(conv):
      taken = self.group_norm_act(x, norm, kind)
    back = self.layer_backward(g, taken, conv, __torch__.Window(1, padding), True)
    back[0] = self.group_norm_act_backward(back[0], x, norm, kind)
    return back

  def resnet_block_backward(self, g: Tensor, inputs: List[Tensor], kept: List[Tensor], temb: List[Tensor], norm1: List[Tensor], conv1: List[Tensor], time_emb_proj: List[Tensor], norm2: List[Tensor], conv2: List[Tensor], conv_shortcut: List[Tensor], attrs: Tensor) -> List[Tensor]:
    # y = (shortcut(x) + conv2(act(norm2(h)))) / scale with h = conv1(act(norm1(x))) + W_t
    # act(time). g is [batch, channels, height, width], inputs are the pictures that make x, kept is
    # h.
    #   dh = conv2, act and norm2 backwards of g / scale
    #   W_t sees the sum of dh over the pixels
    #   dx = conv1, act and norm1 backwards of dh + the shortcut backwards of g / scale
    # [each input's share of dx, of the adapters of conv1, time_emb_proj, conv2, conv_shortcut...]
    kind = self.activation_of(attrs)
    if self.output_scale(attrs) != 1.:
      g = torch.div(g, self.output_scale(attrs))
    of_conv2 = self.norm_act_conv_back(g, kept[0], self.group_norm_of(norm2, attrs), kind, conv2, 1)
    of_time : List[Tensor] = []
    if self.is_adapted(time_emb_proj):
      of_time = self.layer_backward(torch.sum(of_conv2[0], [2, 3]), self.act(temb[0], kind), time_emb_proj, __torch__.Window(1, 0), False)
    x = self.joined_inputs(inputs)
    of_conv1 = self.norm_act_conv_back(of_conv2[0], x, self.group_norm_of(norm1, attrs), kind, conv1, 1)
    of_shortcut = self.shortcut_backward(g, x, conv_shortcut)
    dx = torch.add_(of_conv1[0], of_shortcut[0])
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
    of_layers = torch.add(torch.add(of_layers, torch.slice(of_conv2, 1)), torch.slice(of_shortcut, 1))
    return torch.add(gradients, of_layers)

  def shortcut_backward(self, g: Tensor, x: Tensor, conv_shortcut: List[Tensor]) -> List[Tensor]:
    # [dx, of conv_shortcut's adapters...]. A frozen 1 x 1 convolution is a product.
    if self.is_adapted(conv_shortcut):
      return self.layer_backward(g, x, conv_shortcut, __torch__.Window(1, 0), True)
    elif self.is_present(conv_shortcut):
      return [self.picture(self.dense(self.tokens(g), torch.t(torch.flatten(conv_shortcut[0], 1)), None), g)]
    return [g]

  def norm_act_conv(self, x: Tensor, norm: List[Tensor], layer: List[Tensor], attrs: Tensor) -> Tensor:
    # The end of a network. attrs: [groups, eps, activation, padding]
    h = self.group_norm_act(x, self.group_norm_of(norm, attrs), self.activation_of(attrs))
    return self.conv(h, layer, __torch__.Window(1, int(attrs[3])))

  def norm_act_conv_backward(self, g: Tensor, inputs: List[Tensor], norm: List[Tensor], layer: List[Tensor], attrs: Tensor) -> List[Tensor]:
    # y = conv(act(norm(x))). g is [batch, out, height, width], inputs are [x], nothing is kept.
    # [dx, of conv's adapters...]
    return self.norm_act_conv_back(g, inputs[0], self.group_norm_of(norm, attrs), self.activation_of(attrs), layer, int(attrs[3]))
