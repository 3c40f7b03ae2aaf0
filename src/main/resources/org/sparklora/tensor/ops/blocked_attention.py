# Attention on CPUs with vectors of 512 bits, by head and block of rows of scores.
#
# torch's fused kernel for CPUs makes many small products. From some hundred keys on, blocks of
# scores that fit the caches, and large products, take half its time.
class Ops(Module):

  def in_blocks(self, q: Tensor, k: Tensor) -> bool:
    return self.wide_vectors and not torch.is_grad_enabled() and not ops.prim.is_cuda(q) and torch.size(k, 2) >= 256

  def score_rows(self, q: Tensor) -> int:
    # Rows of scores at a time: with 4096 keys they take 4 MiB.
    if q.dtype == self.fp32():
      return 256
    return 512

  def scores(self, q: Tensor, k: Tensor) -> Tensor:
    scores = self.dense(q, k, None)
    return torch._softmax(scores, -1, False, out=scores)

  def rows_of_heads(self, x: Tensor) -> Tensor:
    return torch.contiguous(torch.flatten(x, 0, 1))

  def with_spare_columns(self, x: Tensor) -> Tensor:
    # [batch * heads, tokens, width] with columns of zeros up to a multiple of 16: oneDNN multiplies
    # scores by 48 columns in half the time of 40.
    spare = -torch.size(x, 2) % 16
    if spare == 0:
      return x
    return torch.constant_pad_nd(x, [0, spare])

  def joined_blocks(self, blocks: List[Tensor], like: Tensor) -> Tensor:
    # Drops the spare columns and gives the blocks the shape of another tensor.
    return torch.reshape(torch.slice(torch.cat(blocks, 0), 1, 0, torch.size(like, 3)), like.shape)

  def blocked_attention(self, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
    # [batch, heads, tokens, width]; softmax(scale Q K^T) V by head and block of rows.
    qs = self.rows_of_heads(torch.mul(q, scale))
    ks = self.rows_of_heads(k)
    vs = self.with_spare_columns(self.rows_of_heads(v))
    rows = self.score_rows(q)
    count = (torch.size(qs, 1) + rows - 1) // rows
    parts : List[Tensor] = []
    for i in range(torch.size(qs, 0)):
      for j in range(count):
        block = torch.slice(torch.select(qs, 0, i), 0, j * rows, (j + 1) * rows)
        parts.append(self.dense(self.scores(block, torch.select(ks, 0, i)), torch.t(torch.select(vs, 0, i)), None))
    return self.joined_blocks(parts, q)

  def blocked_attention_backward(self, g: Tensor, q: Tensor, k: Tensor, v: Tensor, scale: float) -> List[Tensor]:
    # [dQ, dK, dV] by the formulas of attend_backward, [batch, heads, tokens, width]. The scores are
    # computed anew. The gradients of K and V are summed over the blocks in fp32.
    gs = self.rows_of_heads(g)
    qs = self.rows_of_heads(torch.mul(q, scale))
    ks = self.rows_of_heads(k)
    vs = self.rows_of_heads(v)
    columns = self.with_spare_columns(ks)
    rows = self.score_rows(q)
    count = (torch.size(qs, 1) + rows - 1) // rows
    dq : List[Tensor] = []
    dk : List[Tensor] = []
    dv : List[Tensor] = []
    for i in range(torch.size(qs, 0)):
      key = torch.select(ks, 0, i)
      value = torch.select(vs, 0, i)
      dk_t = torch.zeros([torch.size(key, 1), torch.size(key, 0)], dtype=self.fp32(), device=g.device)
      dv_t = torch.zeros([torch.size(key, 1), torch.size(key, 0)], dtype=self.fp32(), device=g.device)
      for j in range(count):
        query = torch.slice(torch.select(qs, 0, i), 0, j * rows, (j + 1) * rows)
        up = torch.slice(torch.select(gs, 0, i), 0, j * rows, (j + 1) * rows)
        p = self.scores(query, key)
        dp = self.dense(up, value, None)
        ds = torch._softmax_backward_data(dp, p, -1, p.dtype, grad_input=dp)
        dq.append(self.dense(ds, torch.t(torch.select(columns, 0, i)), None))
        _ = torch.add_(dk_t, self.dense(torch.t(query), torch.t(ds), None))
        _0 = torch.add_(dv_t, self.dense(torch.t(up), torch.t(p), None))
      dk.append(torch.t(dk_t))
      dv.append(torch.t(dv_t))
    dqs = torch.mul(self.joined_blocks(dq, q), scale)
    dks = torch.reshape(torch.to(torch.stack(dk), k.dtype), k.shape)
    return [dqs, dks, torch.reshape(torch.to(torch.stack(dv), v.dtype), v.shape)]
