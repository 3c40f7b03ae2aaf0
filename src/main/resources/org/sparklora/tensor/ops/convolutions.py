# Convolutions by frozen weights, in whichever way is fastest on the device, and the gradients of
# their inputs.
class Ops(Module):

  def takes_products(self, x: Tensor, weight: Tensor) -> bool:
    # Whether products of matrices take the place of a 3 x 3 convolution: on a CPU, where there are
    # enough channels, and where autograd does not record.
    narrow = torch.size(weight, 1) < 64 or torch.size(weight, 0) < 64 or torch.size(weight, 2) != 3
    return not narrow and not torch.is_grad_enabled() and not ops.prim.is_cuda(x)

  def as_product(self, x: Tensor, weight: Tensor) -> bool:
    # oneDNN reorders a convolution's weight in every call. Where the picture is small, that takes
    # longer than the convolution; a product with the picture's patches takes the weight as it is.
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
    # Adds each patch's gradient to where the patch came from, in fp32.
    batch = torch.size(g, 0)
    height = torch.size(g, 2)
    width = torch.size(g, 3)
    channels = torch.size(weight, 1)
    patches = self.dense(self.tokens(g), torch.t(self.weight_rows(weight)), None)
    if self.is_plain(weight):
      patches = torch.permute(torch.reshape(patches, [batch, height, width, channels, 3, 3]), [0, 1, 2, 4, 5, 3])
    else:
      patches = torch.reshape(patches, [batch, height, width, 3, 3, channels])
    framed = torch.zeros([batch, height + 2, width + 2, channels], dtype=self.fp32(), device=g.device)
    for i in range(3):
      for j in range(3):
        place = torch.slice(torch.slice(framed, 1, i, i + height), 2, j, j + width)
        _ = torch.add_(place, torch.select(torch.select(patches, 3, i), 3, j))
    inner = torch.slice(torch.slice(framed, 1, 1, 1 + height), 2, 1, 1 + width)
    dx = torch.permute(inner, [0, 3, 1, 2])
    return self.image(torch.to(dx, g.dtype))

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
      y = self.conv_in_type(torch.to(x, self.fp32()), torch.to(weight, self.fp32()), self.in_type(bias, self.fp32()), stride, padding)
      return torch.to(y, x.dtype)
    return self.conv_in_type(x, weight, bias, stride, padding)

  def conv_backward(self, g: Tensor, weight: Tensor, height: int, width: int, window: __torch__.Window) -> Tensor:
    # The gradient of a frozen convolution's input, of which only the size is needed.
    if self.widens(g):
      return torch.to(self.conv_backward_in_type(torch.to(g, self.fp32()), torch.to(weight, self.fp32()), height, width, window), g.dtype)
    return self.conv_backward_in_type(g, weight, height, width, window)

  def conv_backward_wide(self, g: Tensor, weight: Tensor, height: int, width: int, window: __torch__.Window) -> Tensor:
    # conv_backward, as fp32. It is rounded to g's type before, where that is what the CPU
    # convolves.
    if self.widens(g):
      return self.conv_backward_in_type(torch.to(g, self.fp32()), torch.to(weight, self.fp32()), height, width, window)
    return torch.to(self.conv_backward_in_type(g, weight, height, width, window), self.fp32())

  def conv_backward_in_type(self, g: Tensor, weight: Tensor, height: int, width: int, window: __torch__.Window) -> Tensor:
    if window.stride == 1 and window.padding == 1:
      m = self.tile_side(g, weight)
      if m > 0:
        return self.filtered(g, weight, m, None, True)
      if self.as_product(g, weight):
        return self.conv_as_product_backward(g, weight)
    return self.transposed_conv(g, weight, height, width, window)

  def transposed_conv(self, g: Tensor, weight: Tensor, height: int, width: int, window: __torch__.Window) -> Tensor:
    shape = [torch.size(g, 0), torch.size(weight, 1), height, width]
    if self.is_plain(weight) or ops.prim.is_cuda(g):
      g = torch.contiguous(g)
      x = torch.empty(shape, dtype=g.dtype, device=g.device)
    else:
      x = torch.empty(shape, dtype=g.dtype, device=g.device, memory_format=self.channels_last())
    dx = (torch.convolution_backward(g, x, weight, None, [window.stride, window.stride], [window.padding, window.padding], [1, 1], False, [0, 0], 1, [True, False, False]))[0]
    return self.image(dx)

  def convolution(self, x: Tensor, layer: List[Tensor], attrs: Tensor) -> Tensor:
    return self.conv(x, layer, __torch__.Window(int(attrs[0]), int(attrs[1])))
