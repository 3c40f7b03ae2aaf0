# The feed-forward of a transformer block: GEGLU (Shazeer 2020, arXiv 2002.05202) with its layer
# norm and residual.
class Ops(Module):

  def pieces(self, h: Tensor, layers: List[List[Tensor]]) -> int:
    # Into how many pieces of its tokens a feed-forward is cut. What is eight times as wide as its
    # input then fits the caches.
    for layer in layers:
      if self.is_adapted(layer):
        return 1
    tokens = torch.size(h, 0) * torch.size(h, 1)
    if torch.is_grad_enabled() or ops.prim.is_cuda(h) or tokens < 1024:
      return 1
    return tokens // 1024

  def feed_forward(self, h: Tensor, norm: List[Tensor], proj: List[Tensor], out: List[Tensor]) -> Tensor:
    # h + W_out (value gelu(gate)) with [value, gate] = W_proj LN(h), [batch, tokens, channels]
    return self.feed_forward_in_pieces(h, norm, proj, out, False, annotate(List[Tensor], []))

  def feed_forward_in_pieces(self, h: Tensor, norm: List[Tensor], proj: List[Tensor], out: List[Tensor], keeps: bool, kept: List[Tensor]) -> Tensor:
    # What W_proj gives for each piece is added to kept, where keeps says so.
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
    # Up to 12 MiB: in half precision all but the one at 64 x 64. A larger one is computed anew;
    # kept, it would be near half of all that a pass keeps.
    bytes = 2
    if h.dtype == self.fp32():
      bytes = 4
    return torch.size(h, 0) * torch.size(h, 1) * torch.size(proj[0], 0) * bytes <= 12582912

  def feed_forward_kept(self, h: Tensor, norm: List[Tensor], proj: List[Tensor], out: List[Tensor]) -> List[Tensor]:
    # [result, what W_proj gave for each piece], or one tensor without elements in place of these.
    kept : List[Tensor] = []
    y = self.feed_forward_in_pieces(h, norm, proj, out, self.keeps_projection(h, proj), kept)
    if len(kept) == 0:
      kept.append(self.nothing(h))
    return torch.add([y], kept)

  def feed_forward_backward(self, g: Tensor, inputs: List[Tensor], kept: List[Tensor], norm: List[Tensor], proj: List[Tensor], out: List[Tensor]) -> List[Tensor]:
    # g is [batch, tokens, channels], inputs are [h]. [dh, of the adapters of proj, out...]; piece
    # by piece as in feed_forward_backward_of.
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
      # A feed-forward with adapters is one piece.
      back = self.feed_forward_backward_of(gs[i], hs[i], projected, norm, proj, out)
      dh.append(back[0])
    return torch.add([self.joined_pieces(dh)], torch.slice(back, 1))

  def feed_forward_backward_of(self, g: Tensor, h: Tensor, projected: Tensor, norm: List[Tensor], proj: List[Tensor], out: List[Tensor]) -> List[Tensor]:
    # Of one piece. With u = g through W_out:
    #   dvalue = u gelu(gate)    dgate = u value gelu'(gate)    dh = g + LN's backward of W_proj^T [dvalue, dgate]
    window = __torch__.Window(1, 0)
    value, gate = torch.chunk(projected, 2, -1)
    open = torch.gelu(gate)
    gated = value
    if self.is_adapted(out):
      gated = torch.mul(value, open)
    of_out = self.layer_backward(g, gated, out, window, True)
    dgated = of_out[0]
    dprojected = torch.cat([torch.mul(dgated, open), torch.gelu_backward(torch.mul(dgated, value), gate)], -1)
    x = h
    if self.is_adapted(proj):
      x = self.layer_norm_(h, norm, 1.0e-05)
    of_proj = self.layer_backward(dprojected, x, proj, window, True)
    dh = torch.add_(self.layer_norm_backward(of_proj[0], h, norm), g)
    return torch.add(torch.add([dh], torch.slice(of_proj, 1)), torch.slice(of_out, 1))
