# Transformer2DModel: the tokens of a picture attend to each other and to words.
class Ops(Module):

  def transformer_in(self, x: Tensor, norm: List[Tensor], proj_in: List[Tensor], attrs: Tensor) -> Tensor:
    # [batch, channels, height, width] -> [batch, height * width, inner]
    h = self.group_norm_(x, self.group_norm_of(norm, attrs))
    return self.linear(self.tokens(h), self.as_linear(proj_in))

  def transformer_in_backward(self, g: Tensor, inputs: List[Tensor], norm: List[Tensor], proj_in: List[Tensor], attrs: Tensor) -> List[Tensor]:
    # y = tokens(norm(x)) W^T + b. g is [batch, tokens, inner], inputs are [x], nothing is kept.
    # [dx, of proj_in's adapters...]: layer_backward, then through the norm.
    x = inputs[0]
    layer = self.as_linear(proj_in)
    group_norm = self.group_norm_of(norm, attrs)
    taken = x
    if self.is_adapted(layer):
      taken = self.group_norm_(x, group_norm)
    back = self.layer_backward(g, self.tokens(taken), layer, __torch__.Window(1, 0), True)
    back[0] = self.group_norm_act_backward(self.picture(back[0], x), x, group_norm, self.no_activation())
    return back

  def transformer_out(self, h: Tensor, residual: Tensor, proj_out: List[Tensor]) -> Tensor:
    # [batch, tokens, inner] and the picture that they came from -> a picture
    return torch.add(self.picture(self.linear(h, self.as_linear(proj_out)), residual), residual)

  def transformer_out_backward(self, g: Tensor, inputs: List[Tensor], proj_out: List[Tensor]) -> List[Tensor]:
    # y = picture(h W^T + b) + residual. g is a picture, inputs are [h, residual], nothing is kept.
    # [dh, g, of proj_out's adapters...]
    back = self.layer_backward(self.tokens(g), inputs[0], self.as_linear(proj_out), __torch__.Window(1, 0), True)
    return torch.add([back[0], torch.clone(g)], torch.slice(back, 1))

  def attention(self, h: Tensor, context: List[Tensor], norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor) -> Tensor:
    # h + attend(LN(h), words); without words, the picture attends to itself.
    x = self.layer_norm_(h, norm, 1.0e-05)
    y = x
    if torch.numel(context[0]) > 0:
      y = context[0]
    out = self.attend(self.linear(x, to_q), self.linear(y, to_k), self.linear(y, to_v), attention, context[1])
    return torch.add(self.linear(out, to_out), h)

  def attention_kept(self, h: Tensor, context: List[Tensor], norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor) -> List[Tensor]:
    # [result, q, k, v, what attend_kept gave]
    x = self.layer_norm_(h, norm, 1.0e-05)
    y = x
    if torch.numel(context[0]) > 0:
      y = context[0]
    q = self.linear(x, to_q)
    k = self.linear(y, to_k)
    v = self.linear(y, to_v)
    out, sums = self.attend_kept(q, k, v, attention)
    return [torch.add(self.linear(out, to_out), h), q, k, v, out, sums]

  def attention_backward(self, g: Tensor, inputs: List[Tensor], kept: List[Tensor], context: List[Tensor], norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor) -> List[Tensor]:
    # inputs are [h]. [dh, of the adapters of to_q, to_k, to_v, to_out...]; see
    # gradients_of_attention.
    return self.gradients_of_attention(g, inputs[0], context[0], False, kept, norm, to_q, to_k, to_v, to_out, attention)

  def cross_attention(self, h: Tensor, words: Tensor, norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor) -> Tensor:
    # attention with words that have a gradient and are all attended to.
    return self.attention(h, [words, self.nothing(h)], norm, to_q, to_k, to_v, to_out, attention)

  def cross_attention_kept(self, h: Tensor, words: Tensor, norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor) -> List[Tensor]:
    return self.attention_kept(h, [words, self.nothing(h)], norm, to_q, to_k, to_v, to_out, attention)

  def cross_attention_backward(self, g: Tensor, inputs: List[Tensor], kept: List[Tensor], norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor) -> List[Tensor]:
    # inputs are [h, words]. [dh, dwords (fp32), of the adapters of to_q, to_k, to_v, to_out...].
    return self.gradients_of_attention(g, inputs[0], inputs[1], True, kept, norm, to_q, to_k, to_v, to_out, attention)

  def gradients_of_attention(self, g: Tensor, h: Tensor, words: Tensor, of_words: bool, kept: List[Tensor], norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor) -> List[Tensor]:
    # y = h + W_o attend(q, k, v), with x = LN(h), q = W_q x, k = W_k w, v = W_v w and the words w,
    # or x in their place. g and h are [batch, tokens, channels]; kept are q, k, v, attend's result
    # and its sums. In this order:
    #   g            through to_out, then attend_backward      -> dq, dk, dv
    #   dq, dk, dv   through to_q, to_k, to_v                  -> dx, dw
    #   dh = g + LN's backward of dx, where dx has dw, too, if the picture attends to itself
    q, k, v, out, sums = kept
    to_itself = torch.numel(words) == 0
    window = __torch__.Window(1, 0)
    after = self.layer_backward(g, out, to_out, window, True)
    dq, dk, dv = self.attend_backward(after[0], q, k, v, out, sums, attention)
    x = torch.to(self.layer_norm_(h, norm, 1.0e-05), self.fp32())
    y = x
    if not to_itself:
      y = words
    of_q = self.layer_backward(dq, x, to_q, window, True)
    of_k = self.layer_backward(dk, y, to_k, window, to_itself or of_words)
    of_v = self.layer_backward(dv, y, to_v, window, to_itself or of_words)
    dx = of_q[0]
    if to_itself:
      dx = torch.add_(torch.add_(dx, of_k[0]), of_v[0])
    dh = torch.add_(self.layer_norm_backward(dx, h, norm), g)
    back = [dh]
    if of_words:
      back.append(torch.add(torch.to(of_k[0], self.fp32()), of_v[0]))
    if to_itself or of_words:
      of_k = torch.slice(of_k, 1)
      of_v = torch.slice(of_v, 1)
    back = torch.add(torch.add(back, torch.slice(of_q, 1)), of_k)
    return torch.add(torch.add(back, of_v), torch.slice(after, 1))
