# softmax(scale Q K^T) V, and the way back through it.
#
#   attention  float64 vector, see the type AttentionKind
#   mask       [batch, words]: 1 for a word to attend to and 0 for another; or no elements
class Ops(Module):

  def split_heads(self, x: Tensor, heads: int, width: int) -> Tensor:
    # [batch, tokens, heads * width] -> [batch, heads, tokens, width]; a single head serves all.
    split = torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), -1, width])
    return torch.expand(torch.transpose(split, 1, 2), [-1, heads, -1, -1])

  def mask_bias(self, mask: Tensor, like: Tensor) -> Tensor:
    # What is added to the scores, [batch, 1, 1, words]: as in diffusers, -10000 for a masked word.
    away = torch.mul(torch.sub(torch.to(mask, like.dtype), 1.), 10000.)
    return torch.unsqueeze(torch.unsqueeze(away, 1), 1)

  def causal_bias(self, tokens: int, like: Tensor) -> Tensor:
    ahead = torch.full([tokens, tokens], -inf, dtype=like.dtype, device=like.device)
    return torch.triu(ahead, 1)

  def heads_of(self, x: Tensor, kind: __torch__.AttentionKind, width: int) -> Tensor:
    # As split_heads, in the type that the scores are computed in.
    split = self.split_heads(x, kind.heads, width)
    if kind.upcast or self.widens(x):
      return torch.to(split, self.fp32())
    return split

  def joined_heads(self, x: Tensor, like: Tensor) -> Tensor:
    return torch.to(torch.reshape(torch.transpose(x, 1, 2), like.shape), like.dtype)

  def fused_attention(self, q: Tensor, k: Tensor, v: Tensor, scale: float, causal: bool, mask: Tensor) -> Tensor:
    if torch.numel(mask) == 0:
      if not causal and self.in_blocks(q, k):
        return self.blocked_attention(q, k, v, scale)
      return torch.scaled_dot_product_attention(q, k, v, None, 0., causal, scale=scale)
    bias = self.mask_bias(mask, q)
    if causal:
      bias = torch.add(bias, self.causal_bias(torch.size(q, 2), q))
    return torch.scaled_dot_product_attention(q, k, v, bias, 0., False, scale=scale)

  def plain_attention(self, q: Tensor, k: Tensor, v: Tensor, scale: float, bias: Tensor) -> Tensor:
    # [rows, tokens, width]; bias has as many rows or one.
    scores = torch.baddbmm(bias, q, torch.transpose(k, 1, 2), beta=1, alpha=scale)
    return torch.bmm(torch.softmax(scores, -1), v)

  def sliced_attention(self, q: Tensor, k: Tensor, v: Tensor, scale: float, causal: bool, mask: Tensor, rows: int) -> Tensor:
    heads = torch.size(q, 1)
    bias = torch.zeros([1, 1, 1], dtype=q.dtype, device=q.device)
    if causal:
      bias = torch.unsqueeze(self.causal_bias(torch.size(q, 2), q), 0)
    if torch.numel(mask) > 0:
      words = torch.expand(self.mask_bias(mask, q), [-1, heads, -1, -1])
      bias = torch.add(bias, torch.flatten(words, 0, 1))
    qs = torch.flatten(q, 0, 1)
    ks = torch.flatten(k, 0, 1)
    vs = torch.flatten(v, 0, 1)
    count = (torch.size(qs, 0) + rows - 1) // rows
    parts : List[Tensor] = []
    for i in range(count):
      end = (i + 1) * rows
      some = bias
      if torch.size(bias, 0) > 1:
        some = torch.slice(bias, 0, i * rows, end)
      parts.append(self.plain_attention(torch.slice(qs, 0, i * rows, end), torch.slice(ks, 0, i * rows, end), torch.slice(vs, 0, i * rows, end), scale, some))
    return torch.reshape(torch.cat(parts, 0), q.shape)

  def attend(self, q: Tensor, k: Tensor, v: Tensor, attention: Tensor, mask: Tensor) -> Tensor:
    # [batch, tokens, heads * width] -> the same; k and v may have one head for all.
    kind = self.attention_of(attention)
    width = torch.size(q, 2) // kind.heads
    qh = self.heads_of(q, kind, width)
    kh = self.heads_of(k, kind, width)
    vh = self.heads_of(v, kind, width)
    if kind.rows == 0:
      out = self.fused_attention(qh, kh, vh, kind.scale, kind.causal, mask)
    else:
      out = self.sliced_attention(qh, kh, vh, kind.scale, kind.causal, mask, kind.rows)
    return self.joined_heads(out, q)

  def attend_kept(self, q: Tensor, k: Tensor, v: Tensor, attention: Tensor) -> List[Tensor]:
    # attend on a CPU with neither mask nor causality: [result, log-sum-exp of each row of scores].
    # The second has no elements where torch's kernel does not need it.
    kind = self.attention_of(attention)
    width = torch.size(q, 2) // kind.heads
    qh = self.heads_of(q, kind, width)
    kh = self.heads_of(k, kind, width)
    vh = self.heads_of(v, kind, width)
    if self.in_blocks(qh, kh):
      return [self.joined_heads(self.blocked_attention(qh, kh, vh, kind.scale), q), self.nothing(q)]
    out, sums = torch._scaled_dot_product_flash_attention_for_cpu(qh, kh, vh, 0., False, attn_mask=None, scale=kind.scale)
    return [self.joined_heads(out, q), sums]

  def attend_backward(self, g: Tensor, q: Tensor, k: Tensor, v: Tensor, out: Tensor, sums: Tensor, attention: Tensor) -> List[Tensor]:
    # From the inputs and results of attend_kept to [dQ, dK, dV], each of the shape and type of its
    # own. With P = softmax(s Q K^T) and dP = g V^T:
    #   dV = P^T g    dS = P (dP - rowsum(dP P))    dQ = s dS K    dK = s dS^T Q
    kind = self.attention_of(attention)
    width = torch.size(q, 2) // kind.heads
    qh = self.heads_of(q, kind, width)
    kh = self.heads_of(k, kind, width)
    vh = self.heads_of(v, kind, width)
    gh = self.heads_of(g, kind, width)
    if self.in_blocks(qh, kh):
      dq, dk, dv = self.blocked_attention_backward(gh, qh, kh, vh, kind.scale)
    else:
      oh = self.heads_of(out, kind, width)
      dq, dk, dv = torch._scaled_dot_product_flash_attention_for_cpu_backward(gh, qh, kh, vh, oh, sums, 0., False, attn_mask=None, scale=kind.scale)
    return [self.joined_heads(dq, q), self.joined_heads(dk, k), self.joined_heads(dv, v)]
