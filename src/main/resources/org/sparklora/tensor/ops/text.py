# CLIPTextModel.
class Ops(Module):

  def clip_embeddings(self, ids: Tensor, token: List[Tensor], position: List[Tensor], attrs: Tensor) -> Tensor:
    # token is [table], or [table, rows that stand for the ids from attrs[0] on]. From here on all
    # is in fp32, whatever type the weights are kept in.
    if len(token) == 1:
      words = torch.to(torch.embedding(token[0], ids), self.fp32())
    else:
      known = int(attrs[0])
      learned = torch.embedding(token[1], torch.clamp_min(torch.sub(ids, known), 0))
      words = torch.to(torch.embedding(token[0], torch.clamp_max(ids, known - 1)), self.fp32())
      words = torch.where(torch.unsqueeze(torch.ge(ids, known), -1), learned, words)
    return torch.add(words, torch.to(torch.slice(position[0], 0, 0, torch.size(ids, 1)), self.fp32()))

  def clip_layer(self, h: Tensor, norm1: List[Tensor], q: List[Tensor], k: List[Tensor], v: List[Tensor], out: List[Tensor], norm2: List[Tensor], fc1: List[Tensor], fc2: List[Tensor], attention: Tensor, attrs: Tensor) -> Tensor:
    # attrs: [eps, activation]
    eps = float(attrs[0])
    x = self.layer_norm_(h, norm1, eps)
    a = self.attend(self.linear(x, q), self.linear(x, k), self.linear(x, v), attention, self.nothing(x))
    h = torch.add(h, self.linear(a, out))
    m = self.act(self.linear(self.layer_norm_(h, norm2, eps), fc1), int(attrs[1]))
    return torch.add(h, self.linear(m, fc2))

  def side_by_side(self, parts: List[Tensor]) -> Tensor:
    # Hidden states of several encoders: [batch, words, width of each] -> [batch, words, all widths].
    return torch.cat(parts, -1)

  def join_pieces(self, h: Tensor, attrs: Tensor) -> Tensor:
    # Hidden states of texts in attrs[0] pieces, [batch * pieces, words, width]: those of the first
    # begin, of what is between begin and end of each piece, and of the last end.
    pieces = int(attrs[0])
    words = torch.size(h, 1)
    width = torch.size(h, 2)
    whole = torch.reshape(h, [-1, pieces * words, width])
    inner = torch.slice(torch.reshape(h, [-1, pieces, words, width]), 2, 1, words - 1)
    middle = torch.reshape(inner, [-1, pieces * (words - 2), width])
    end = torch.slice(whole, 1, pieces * words - 1, pieces * words)
    return torch.cat([torch.slice(whole, 1, 0, 1), middle, end], 1)

  def first_pieces(self, pooled: Tensor, attrs: Tensor) -> Tensor:
    # Of texts in attrs[0] pieces, [batch * pieces, width], what belongs to the first pieces.
    return torch.clone(torch.slice(pooled, 0, 0, torch.size(pooled, 0), int(attrs[0])))

  def pooled(self, h: Tensor, at: Tensor) -> Tensor:
    # The hidden state of each sample at its position in at: [batch, channels].
    return torch.stack([torch.select(torch.select(h, 0, i), 0, int(at[i])) for i in range(torch.size(h, 0))])
