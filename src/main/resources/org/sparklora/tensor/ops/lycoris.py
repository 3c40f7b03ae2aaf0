# LoHa and LoKr, as LyCORIS has them: an update that is a whole matrix made of small factors.
#
#   LoHa  dW = s W1 o W2   the elementwise product (Hyeon-Woo et al. 2022, arXiv 2108.06098)
#   LoKr  dW = s W1 x W2   the Kronecker product (Yeh et al. 2024, arXiv 2309.14859)
#
# Each of W1 and W2 is a matrix of its own, or a product B A, or in Tucker's form
#   W[p, q, k] = sum over i, j of core[i, j, k] B[i, p] A[j, q]
# where k goes over the kernel of a convolution.
#
# All factors of a layer are one trained vector, a of Adapter, so that they have one gradient. b says
# what is in it: float64 on the CPU, 1 for LoKr or 0, then rows and columns of B, A and core, first
# those of W1 and then those of W2. What is absent has no rows.
#
# Where dW is needed it is made, and freed there. So of all dW and of all their gradients only one
# layer's are in memory at a time. Only autograd keeps W1, W2 and dW of every layer.
class Ops(Module):

  def is_factored(self, adapter: __torch__.Adapter) -> bool:
    return torch.dim(adapter.a) == 1

  def is_kronecker(self, adapter: __torch__.Adapter) -> bool:
    return bool(adapter.b[0])

  def factor(self, adapter: __torch__.Adapter, which: int) -> Tensor:
    # [rows, columns]
    at = 0
    for i in range(which):
      at = at + int(adapter.b[1 + 2 * i]) * int(adapter.b[2 + 2 * i])
    rows = int(adapter.b[1 + 2 * which])
    columns = int(adapter.b[2 + 2 * which])
    return torch.reshape(torch.slice(adapter.a, 0, at, at + rows * columns), [rows, columns])

  def core_times(self, core: Tensor, inner: Tensor) -> Tensor:
    # Sum over j of core[i, j, k] A[j, q]: [r, in, kernel].
    cube = torch.reshape(core, [torch.size(core, 0), torch.size(inner, 0), -1])
    return torch.matmul(torch.t(inner), cube)

  def half(self, adapter: __torch__.Adapter, which: int) -> Tensor:
    # W1 (0) or W2 (1), with the kernel in its columns: [rows, columns].
    outer = self.factor(adapter, 3 * which)
    inner = self.factor(adapter, 3 * which + 1)
    core = self.factor(adapter, 3 * which + 2)
    if torch.numel(inner) == 0:
      return outer
    if torch.numel(core) == 0:
      return torch.matmul(outer, inner)
    return torch.matmul(torch.t(outer), torch.flatten(self.core_times(core, inner), 1))

  def half_backward(self, g: Tensor, adapter: __torch__.Adapter, which: int) -> Tensor:
    # The gradients of B, A and core as one vector, from the gradient of W1 or W2:
    #   W = B A     dB = g A^T    dA = B^T g
    #   Tucker, with T the product of core and A, and dT = B g:
    #               dB = T g^T    dA = sum over i of core_i dT_i^T    dcore = A dT
    outer = self.factor(adapter, 3 * which)
    inner = self.factor(adapter, 3 * which + 1)
    core = self.factor(adapter, 3 * which + 2)
    if torch.numel(inner) == 0:
      return torch.reshape(g, [-1])
    if torch.numel(core) == 0:
      return self.flattened([torch.matmul(g, torch.t(inner)), torch.matmul(torch.t(outer), g)])
    made = self.core_times(core, inner)
    of_outer = torch.matmul(torch.flatten(made, 1), torch.t(g))
    of_made = torch.reshape(torch.matmul(outer, g), made.shape)
    cube = torch.reshape(core, [torch.size(core, 0), torch.size(inner, 0), -1])
    of_inner = torch.sum(torch.matmul(cube, torch.transpose(of_made, 1, 2)), [0])
    return self.flattened([of_outer, of_inner, torch.matmul(inner, of_made)])

  def whole_update(self, adapter: __torch__.Adapter, weight: Tensor) -> Tensor:
    # s dW, fp32, of the weight's shape.
    one = self.half(adapter, 0)
    two = self.half(adapter, 1)
    if self.is_kronecker(adapter):
      # Row a b and column c d k of dW is W1[a, c] W2[b, d k].
      outer = torch.reshape(one, [torch.size(one, 0), 1, torch.size(one, 1), 1])
      inner = torch.reshape(two, [1, torch.size(two, 0), 1, torch.size(two, 1)])
      made = torch.mul(outer, inner)
    else:
      made = torch.mul(one, two)
    return torch.mul(torch.reshape(made, weight.shape), adapter.scale)

  def whole_update_backward(self, g: Tensor, adapter: __torch__.Adapter) -> Tensor:
    # The gradients of all factors as one vector, from that of s dW:
    #   LoHa  dW1 = s g o W2                  dW2 = s g o W1
    #   LoKr  dW1[a, c] = s <g[a . c .], W2>  dW2 = s sum over a, c of W1[a, c] g[a . c .]
    one = self.half(adapter, 0)
    two = self.half(adapter, 1)
    scaled = torch.mul(torch.flatten(g, 1), adapter.scale)
    if self.is_kronecker(adapter):
      pieces = torch.reshape(scaled, [torch.size(one, 0), torch.size(two, 0), torch.size(one, 1), torch.size(two, 1)])
      rows = torch.reshape(torch.transpose(pieces, 1, 2), [torch.numel(one), torch.numel(two)])
      of_one = torch.reshape(torch.matmul(rows, torch.reshape(two, [-1])), one.shape)
      of_two = torch.reshape(torch.matmul(torch.reshape(one, [-1]), rows), two.shape)
    else:
      of_one = torch.mul(scaled, two)
      of_two = torch.mul(scaled, one)
    return torch.cat([self.half_backward(of_one, adapter, 0), self.half_backward(of_two, adapter, 1)])

  def factored_update(self, taken: Tensor, adapter: __torch__.Adapter, weight: Tensor, window: __torch__.Window) -> Tensor:
    # s dW x, fp32.
    if torch.dim(weight) == 4:
      whole = self.whole_update(adapter, weight)
      return torch.conv2d(taken, whole, None, [window.stride, window.stride], [window.padding, window.padding])
    if self.is_kronecker(adapter):
      return torch.mul(self.kronecker_product(taken, self.half(adapter, 0), self.half(adapter, 1)), adapter.scale)
    return self.dense(taken, self.whole_update(adapter, weight), None)

  def factored_update_backward(self, g: Tensor, taken: Tensor, adapter: __torch__.Adapter, weight: Tensor, window: __torch__.Window, of_x: bool) -> List[Tensor]:
    # From the gradient g of s dW x: that of the factors and, where of_x says so, that of x, s dW^T g. g
    # and taken are rows of a linear layer, or pictures.
    if torch.dim(weight) == 4:
      whole = self.whole_update(adapter, weight)
      of_taken, of_whole, _ = torch.convolution_backward(g, taken, whole, None, [window.stride, window.stride], [window.padding, window.padding], [1, 1], False, [0, 0], 1, [of_x, True, False])
      back = [self.whole_update_backward(of_whole, adapter)]
      if of_x:
        back.append(of_taken)
      return back
    if self.is_kronecker(adapter):
      return self.kronecker_backward(g, taken, adapter, of_x)
    whole = self.whole_update(adapter, weight)
    back = [self.whole_update_backward(self.dense(torch.t(g), torch.t(taken), None), adapter)]
    if of_x:
      back.append(self.dense(g, torch.t(whole), None))
    return back

  # A linear layer needs no dW of a LoKr. With the rows x as n matrices X of c x d, and y as n of a x b:
  #
  #   Y = W1 X W2^T
  #
  # This takes fewer operations by a factor of the size of W1 or so.

  def kronecker_product(self, x: Tensor, one: Tensor, two: Tensor) -> Tensor:
    # [..., c d] -> [..., a b]
    inner = self.dense(torch.reshape(x, [-1, torch.size(one, 1), torch.size(two, 1)]), two, None)
    y = self.dense(torch.contiguous(torch.transpose(inner, 1, 2)), one, None)
    rows = torch.flatten(torch.transpose(y, 1, 2), 1)
    return torch.reshape(rows, torch.add(torch.slice(x.shape, 0, -1), [torch.size(rows, 1)]))

  def kronecker_backward(self, g: Tensor, x: Tensor, adapter: __torch__.Adapter, of_x: bool) -> List[Tensor]:
    # With H = X W2^T, and sums over all n:
    #   dW1 = G H^T    dH = W1^T G    dW2 = dH^T X    dX = dH W2
    one = self.half(adapter, 0)
    two = self.half(adapter, 1)
    a = torch.size(one, 0)
    b = torch.size(two, 0)
    c = torch.size(one, 1)
    d = torch.size(two, 1)
    # n x b x a and n x b x c: the matrices transposed, so that W1 is multiplied from the right.
    of_y = torch.contiguous(torch.transpose(torch.reshape(torch.mul(g, adapter.scale), [-1, a, b]), 1, 2))
    inner = torch.contiguous(torch.transpose(self.dense(torch.reshape(x, [-1, c, d]), two, None), 1, 2))
    of_one = torch.matmul(torch.t(torch.reshape(of_y, [-1, a])), torch.reshape(inner, [-1, c]))
    of_inner = torch.contiguous(torch.transpose(self.dense(of_y, torch.t(one), None), 1, 2))
    of_two = torch.matmul(torch.t(torch.reshape(of_inner, [-1, b])), torch.reshape(x, [-1, d]))
    back = [torch.cat([self.half_backward(of_one, adapter, 0), self.half_backward(of_two, adapter, 1)])]
    if of_x:
      back.append(torch.reshape(self.dense(of_inner, torch.t(two), None), x.shape))
    return back
