# Downsample2D and Upsample2D: convolutions that change the size of a picture.
class Ops(Module):

  def framed(self, x: Tensor, padding: int) -> Tensor:
    # Without padding, a picture gets a line of zeros at its right and at its bottom.
    if padding == 0:
      return torch.constant_pad_nd(x, [0, 1, 0, 1])
    return x

  def downsample(self, x: Tensor, layer: List[Tensor], attrs: Tensor) -> Tensor:
    # attrs: [padding]
    padding = int(attrs[0])
    return self.conv(self.framed(x, padding), layer, __torch__.Window(2, padding))

  def downsample_backward(self, g: Tensor, inputs: List[Tensor], layer: List[Tensor], attrs: Tensor) -> List[Tensor]:
    # y = conv(frame(x)). g is [batch, channels, height / 2, width / 2], inputs are [x], nothing is
    # kept. [dx, of conv's adapters...]: layer_backward, then without the frame.
    x = inputs[0]
    padding = int(attrs[0])
    height = torch.size(x, 2)
    width = torch.size(x, 3)
    if self.is_adapted(layer):
      back = self.layer_backward(g, self.framed(x, padding), layer, __torch__.Window(2, padding), True)
    elif padding == 0:
      back = [self.conv_backward(g, layer[0], height + 1, width + 1, __torch__.Window(2, 0))]
    else:
      back = [self.conv_backward(g, layer[0], height, width, __torch__.Window(2, padding))]
    if padding == 0:
      back[0] = torch.clone(torch.slice(torch.slice(back[0], 2, 0, height), 3, 0, width))
    return back

  def upsample(self, x: Tensor, like: List[Tensor], layer: List[Tensor]) -> Tensor:
    # To twice the size, or to the size of the skip connection that comes next.
    height = torch.size(x, 2) * 2
    width = torch.size(x, 3) * 2
    if torch.numel(like[0]) > 0:
      height = torch.size(like[0], 2)
      width = torch.size(like[0], 3)
    return self.conv(torch.upsample_nearest2d(x, [height, width]), layer, __torch__.Window(1, 1))

  def upsample_backward(self, g: Tensor, inputs: List[Tensor], layer: List[Tensor]) -> List[Tensor]:
    # y = conv(nearest(x)). g is [batch, channels, 2 height, 2 width], inputs are [x], nothing is
    # kept. [dx, of conv's adapters...]: layer_backward, then each pixel gets the sum of those made
    # of it.
    size = [torch.size(g, 2), torch.size(g, 3)]
    if self.is_adapted(layer):
      back = self.layer_backward(g, torch.upsample_nearest2d(inputs[0], size), layer, __torch__.Window(1, 1), True)
    else:
      back = [self.conv_backward(g, layer[0], size[0], size[1], __torch__.Window(1, 1))]
    back[0] = torch.upsample_nearest2d_backward(back[0], size, inputs[0].shape)
    return back

  def center(self, x: Tensor) -> Tensor:
    return torch.sub(torch.mul(x, 2.), 1.)
