# Cross-attentions with a learned null key and value: MultiQueryAttention and CosineAttention.
# Autograd differentiates them.
class Ops(Module):

  def with_null(self, x: Tensor, null: Tensor) -> Tensor:
    # [batch, words, heads * width] with the learned vector [width] before the words, in each head.
    heads = torch.size(x, 2) // torch.size(null, 0)
    first = torch.expand(torch.reshape(torch.repeat(null, [heads]), [1, 1, -1]), [torch.size(x, 0), -1, -1])
    return torch.cat([first, x], 1)

  def null_mask(self, mask: Tensor) -> Tensor:
    # It is always allowed to attend to nothing.
    if torch.numel(mask) == 0:
      return mask
    return torch.constant_pad_nd(mask, [1, 0], 1)

  def unit_heads(self, x: Tensor, width: int) -> Tensor:
    # The vector of every head divided by its length, in fp32.
    heads = torch.reshape(torch.to(x, self.fp32()), [torch.size(x, 0), torch.size(x, 1), -1, width])
    length = torch.clamp_min(torch.norm(heads, 2, [-1], True), 1.0e-12)
    return torch.reshape(torch.div(heads, length), x.shape)

  def multi_query_attention(self, h: Tensor, context: List[Tensor], norm: List[Tensor], norm_context: List[Tensor], null_kv: List[Tensor], to_q: List[Tensor], to_kv: List[Tensor], to_out: List[Tensor], attention: Tensor) -> Tensor:
    x = self.layer_norm_(h, norm, 1.0e-05)
    y = self.layer_norm_(context[0], norm_context, 1.0e-05)
    k, v = torch.chunk(self.linear(y, to_kv), 2, -1)
    k = self.with_null(k, torch.select(null_kv[0], 0, 0))
    v = self.with_null(v, torch.select(null_kv[0], 0, 1))
    out = self.attend(self.linear(x, to_q), k, v, attention, self.null_mask(context[1]))
    return torch.add(self.linear(out, to_out), h)

  def cosine_attention(self, h: Tensor, context: List[Tensor], norm: List[Tensor], null_kv: List[Tensor], to_q: List[Tensor], to_kv: List[Tensor], to_out: List[Tensor], norm_out: List[Tensor], attention: Tensor) -> Tensor:
    x = self.layer_norm_(h, norm, 1.0e-05)
    k, v = torch.chunk(self.linear(context[0], to_kv), 2, -1)
    k = self.with_null(k, torch.select(null_kv[0], 0, 0))
    v = self.with_null(v, torch.select(null_kv[0], 0, 1))
    width = torch.size(null_kv[0], 1)
    q = self.unit_heads(self.linear(x, to_q), width)
    out = self.attend(q, self.unit_heads(k, width), v, attention, self.null_mask(context[1]))
    y = self.linear(torch.to(out, h.dtype), to_out)
    return torch.add(self.layer_norm_(y, norm_out, 1.0e-05), h)
