# The op library: TorchScript, compiled by libtorch when a worker starts.
#
# One method is one block of a network, so that Java pays one call a block and what a block needs
# only inside is freed inside. Conventions:
#   layer    List[Tensor] = [weight, bias] followed by four tensors an adapter:
#            [A, B, scale, dropout]; an absent bias or dropout is a tensor without elements
#   dropout  int64 [1 + batch]: the keep threshold in units of 2^-32, then one key a sample
#   attrs    float64 vector on the CPU with the block's numbers, in the order the method unpacks
#   dtype    torch's scalar types: 5 half, 6 float, 7 double, 15 bfloat16
class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # ---- weights ------------------------------------------------------------------------------

  def cast(self, x: Tensor, attrs: Tensor) -> Tensor:
    return torch.to(x, int(attrs[0]))

  def bf16_of_bits(self, x: Tensor) -> Tensor:
    # A copy: no reinterpretation in place can be called from here.
    return torch.view_copy(x, dtype=15)

  def bf16_file(self, path: Tensor, attrs: Tensor) -> Tensor:
    # A file from its start, as bf16: a private mapping, whose pages processes share until written.
    name = ""
    for i in range(torch.size(path, 0)):
      name = torch.add(name, torch.chr(int(torch.select(path, 0, i))))
    return torch.from_file(name, False, int(attrs[0]), dtype=15)

  def part(self, x: Tensor, attrs: Tensor) -> Tensor:
    # attrs: offset and shape of a tensor in a vector
    shape : List[int] = []
    count = 1
    for i in range(1, torch.size(attrs, 0)):
      size = int(torch.select(attrs, 0, i))
      torch.append(shape, size)
      count = torch.mul(count, size)
    start = int(attrs[0])
    return torch.reshape(torch.slice(x, 0, start, torch.add(start, count)), shape)

  def empty_weight(self, attrs: Tensor) -> Tensor:
    # attrs: dtype and shape
    shape : List[int] = []
    for i in range(1, torch.size(attrs, 0)):
      torch.append(shape, int(torch.select(attrs, 0, i)))
    return torch.empty(shape, dtype=int(attrs[0]))

  def fill_part(self, weight: Tensor, piece: Tensor, attrs: Tensor) -> Tensor:
    start = int(attrs[0])
    flat = torch.reshape(weight, [-1])
    return torch.copy_(torch.slice(flat, 0, start, torch.add(start, torch.numel(piece))), piece)

  def to_fp32(self, x: Tensor) -> Tensor:
    return torch.contiguous(torch.to(x, 6))

  def concatenate(self, parts: List[Tensor]) -> Tensor:
    return torch.cat(parts, 0)

  # ---- adapters -----------------------------------------------------------------------------

  def hash32(self, x: Tensor) -> Tensor:
    # Integer finaliser on 32-bit values held in int64 ("lowbias32", C. Wellons 2018).
    mask = 4294967295
    h = torch.bitwise_xor(x, torch.bitwise_right_shift(x, 16))
    h = torch.bitwise_and(torch.mul(h, 2146121005), mask)
    h = torch.bitwise_xor(h, torch.bitwise_right_shift(h, 15))
    h = torch.bitwise_and(torch.mul(h, 2221713035), mask)
    return torch.bitwise_xor(h, torch.bitwise_right_shift(h, 16))

  def dropped(self, x: Tensor, dropout: Tensor) -> Tensor:
    # Inverted dropout whose mask depends on each sample's key and position alone.
    if torch.numel(dropout) == 0:
      return x
    threshold = torch.select(dropout, 0, 0)
    keys = torch.slice(dropout, 0, 1)
    rows = torch.reshape(x, [torch.size(keys, 0), -1])
    at = torch.arange(torch.size(rows, 1), dtype=4, device=x.device)
    noise = self.hash32(torch.bitwise_xor(self.hash32(torch.unsqueeze(at, 0)), torch.unsqueeze(keys, 1)))
    keep = torch.div(torch.to(threshold, 7), 4294967296.)
    mask = torch.div(torch.to(torch.lt(noise, threshold), x.dtype), torch.to(keep, x.dtype))
    return torch.reshape(torch.mul(rows, mask), x.shape)

  def linear(self, x: Tensor, layer: List[Tensor]) -> Tensor:
    bias : Optional[Tensor] = None
    if torch.numel(layer[1]) > 0:
      bias = layer[1]
    y = torch.linear(x, layer[0], bias)
    adapters = (len(layer) - 2) // 4
    if adapters > 0:
      x32 = torch.to(x, 6)
      delta = torch.zeros([1], dtype=6, device=x.device)
      for i in range(adapters):
        at = 2 + 4 * i
        down = torch.linear(self.dropped(x32, layer[at + 3]), layer[at])
        up = torch.mul(torch.linear(down, layer[at + 1]), layer[at + 2])
        if i == 0:
          delta = up
        else:
          delta = torch.add(delta, up)
      y = torch.to(torch.add(torch.to(y, 6), delta), y.dtype)
    return y

  def conv(self, x: Tensor, layer: List[Tensor], stride: int, padding: int) -> Tensor:
    bias : Optional[Tensor] = None
    if torch.numel(layer[1]) > 0:
      bias = layer[1]
    y = torch.conv2d(x, layer[0], bias, [stride, stride], [padding, padding])
    adapters = (len(layer) - 2) // 4
    if adapters > 0:
      x32 = torch.to(x, 6)
      delta = torch.zeros([1], dtype=6, device=x.device)
      for i in range(adapters):
        at = 2 + 4 * i
        down = torch.conv2d(self.dropped(x32, layer[at + 3]), layer[at], None, [stride, stride], [padding, padding])
        up = torch.mul(torch.conv2d(down, layer[at + 1]), layer[at + 2])
        if i == 0:
          delta = up
        else:
          delta = torch.add(delta, up)
      y = torch.to(torch.add(torch.to(y, 6), delta), y.dtype)
    return y

  # ---- small pieces -------------------------------------------------------------------------

  def act(self, x: Tensor, kind: int) -> Tensor:
    if kind == 0:
      return torch.silu(x)
    elif kind == 1:
      return torch.gelu(x)
    elif kind == 2:
      return torch.relu(x)
    elif kind == 3:
      return torch.mish(x)
    elif kind == 4:
      return torch.mul(x, torch.sigmoid(torch.mul(x, 1.702)))
    elif kind == 5:
      return torch.gelu(x, approximate="tanh")
    return x

  def group_norm_(self, x: Tensor, norm: List[Tensor], groups: int, eps: float) -> Tensor:
    return torch.group_norm(x, groups, norm[0], norm[1], eps)

  def layer_norm_(self, x: Tensor, norm: List[Tensor], eps: float) -> Tensor:
    return torch.layer_norm(x, [torch.size(x, -1)], norm[0], norm[1], eps)

  # ---- attention ----------------------------------------------------------------------------
  #
  #   attention  [heads, scale, rows, upcast, causal] for softmax(scale Q K^T) V: rows is 0 for
  #              the fused kernel, else how many of the batch * heads score matrices exist at once
  #   mask       [batch, words], 1 for a word to attend to and 0 for another; or no elements

  def split_heads(self, x: Tensor, heads: int, width: int) -> Tensor:
    # [batch, tokens, heads * width] -> [batch, heads, tokens, width]; one head is lent to all.
    split = torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), -1, width])
    return torch.expand(torch.transpose(split, 1, 2), [-1, heads, -1, -1])

  def no_mask(self, like: Tensor) -> Tensor:
    return torch.zeros([0], dtype=like.dtype, device=like.device)

  def mask_bias(self, mask: Tensor, like: Tensor) -> Tensor:
    # What is added to the scores, [batch, 1, 1, words]: diffusers' -10000 for what is masked.
    away = torch.mul(torch.sub(torch.to(mask, like.dtype), 1.), 10000.)
    return torch.unsqueeze(torch.unsqueeze(away, 1), 1)

  def causal_bias(self, tokens: int, like: Tensor) -> Tensor:
    ahead = torch.full([tokens, tokens], -inf, dtype=like.dtype, device=like.device)
    return torch.triu(ahead, 1)

  def fused_attention(self, q: Tensor, k: Tensor, v: Tensor, scale: float, causal: bool, mask: Tensor) -> Tensor:
    if torch.numel(mask) == 0:
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
    heads = int(attention[0])
    scale = float(attention[1])
    rows = int(attention[2])
    causal = bool(attention[4])
    width = torch.size(q, 2) // heads
    qh = self.split_heads(q, heads, width)
    kh = self.split_heads(k, heads, width)
    vh = self.split_heads(v, heads, width)
    if bool(attention[3]):
      qh = torch.to(qh, 6)
      kh = torch.to(kh, 6)
      vh = torch.to(vh, 6)
    if rows == 0:
      out = self.fused_attention(qh, kh, vh, scale, causal, mask)
    else:
      out = self.sliced_attention(qh, kh, vh, scale, causal, mask, rows)
    return torch.to(torch.reshape(torch.transpose(out, 1, 2), q.shape), q.dtype)

  # ---- UNet2DConditionModel -----------------------------------------------------------------

  def timestep_embedding(self, timesteps: Tensor, like: Tensor, linear_1: List[Tensor], linear_2: List[Tensor], attrs: Tensor) -> Tensor:
    # Sinusoids in fp32 (get_timestep_embedding), then the two-layer perceptron.
    half = int(attrs[0]) // 2
    shift = float(attrs[2])
    exponent = torch.mul(torch.arange(half, dtype=6, device=timesteps.device), -9.210340371976184)
    frequencies = torch.exp(torch.div(exponent, half - shift))
    angles = torch.mul(torch.unsqueeze(torch.to(timesteps, 6), 1), torch.unsqueeze(frequencies, 0))
    if bool(attrs[1]):
      waves = torch.cat([torch.cos(angles), torch.sin(angles)], 1)
    else:
      waves = torch.cat([torch.sin(angles), torch.cos(angles)], 1)
    if int(attrs[0]) % 2 == 1:
      waves = torch.constant_pad_nd(waves, [0, 1, 0, 0])
    h = self.linear(torch.to(waves, like.dtype), linear_1)
    h = self.linear(self.act(h, int(attrs[3])), linear_2)
    h = self.act(h, int(attrs[4]))
    return self.act(h, int(attrs[5]))

  def convolution(self, x: Tensor, layer: List[Tensor], attrs: Tensor) -> Tensor:
    return self.conv(x, layer, int(attrs[0]), int(attrs[1]))

  def resnet_block(self, inputs: List[Tensor], temb: List[Tensor], norm1: List[Tensor], conv1: List[Tensor], time_emb_proj: List[Tensor], norm2: List[Tensor], conv2: List[Tensor], conv_shortcut: List[Tensor], attrs: Tensor) -> Tensor:
    groups = int(attrs[0])
    eps = float(attrs[1])
    kind = int(attrs[2])
    if len(inputs) == 1:
      x = inputs[0]
    else:
      x = torch.cat(inputs, 1)
    h = self.act(self.group_norm_(x, norm1, groups, eps), kind)
    h = self.conv(h, conv1, 1, 1)
    if torch.numel(temb[0]) == 0:
      h = self.group_norm_(h, norm2, groups, eps)
    else:
      t = self.linear(self.act(temb[0], kind), time_emb_proj)
      t = torch.unsqueeze(torch.unsqueeze(t, 2), 3)
      if bool(attrs[4]):
        scale, offset = torch.chunk(t, 2, 1)
        h = self.group_norm_(h, norm2, groups, eps)
        h = torch.add(torch.mul(h, torch.add(scale, 1)), offset)
      else:
        h = self.group_norm_(torch.add(h, t), norm2, groups, eps)
    h = self.conv(self.act(h, kind), conv2, 1, 1)
    if torch.numel(conv_shortcut[0]) > 0:
      x = self.conv(x, conv_shortcut, 1, 0)
    y = torch.add(x, h)
    if float(attrs[3]) != 1.:
      y = torch.div(y, float(attrs[3]))
    return y

  def transformer_in(self, x: Tensor, norm: List[Tensor], proj_in: List[Tensor], attrs: Tensor) -> Tensor:
    h = self.group_norm_(x, norm, int(attrs[0]), float(attrs[1]))
    if bool(attrs[2]):
      return self.linear(torch.transpose(torch.flatten(h, 2), 1, 2), proj_in)
    return torch.transpose(torch.flatten(self.conv(h, proj_in, 1, 0), 2), 1, 2)

  def transformer_out(self, h: Tensor, residual: Tensor, proj_out: List[Tensor], attrs: Tensor) -> Tensor:
    if bool(attrs[2]):
      y = torch.reshape(torch.transpose(self.linear(h, proj_out), 1, 2), residual.shape)
    else:
      image = torch.reshape(torch.transpose(h, 1, 2), [torch.size(h, 0), torch.size(h, 2), torch.size(residual, 2), torch.size(residual, 3)])
      y = self.conv(image, proj_out, 1, 0)
    return torch.add(y, residual)

  def attention(self, h: Tensor, context: List[Tensor], norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor) -> Tensor:
    # context = [words, mask]; without words, the picture attends to itself.
    x = self.layer_norm_(h, norm, 1.0e-05)
    y = x
    if torch.numel(context[0]) > 0:
      y = context[0]
    out = self.attend(self.linear(x, to_q), self.linear(y, to_k), self.linear(y, to_v), attention, context[1])
    return torch.add(self.linear(out, to_out), h)

  def with_null(self, x: Tensor, null: Tensor) -> Tensor:
    # [batch, words, heads * width] with the learned vector [width] before the words, in each head.
    heads = torch.size(x, 2) // torch.size(null, 0)
    first = torch.expand(torch.reshape(torch.repeat(null, [heads]), [1, 1, -1]), [torch.size(x, 0), -1, -1])
    return torch.cat([first, x], 1)

  def null_mask(self, mask: Tensor) -> Tensor:
    # Attending to nothing is always allowed.
    if torch.numel(mask) == 0:
      return mask
    return torch.constant_pad_nd(mask, [1, 0], 1)

  def unit_heads(self, x: Tensor, width: int) -> Tensor:
    # Every head's vector divided by its length, in fp32.
    heads = torch.reshape(torch.to(x, 6), [torch.size(x, 0), torch.size(x, 1), -1, width])
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

  def feed_forward(self, h: Tensor, norm: List[Tensor], proj: List[Tensor], out: List[Tensor]) -> Tensor:
    # GEGLU (Shazeer 2020, arXiv 2002.05202).
    value, gate = torch.chunk(self.linear(self.layer_norm_(h, norm, 1.0e-05), proj), 2, -1)
    return torch.add(self.linear(torch.mul(value, torch.gelu(gate)), out), h)

  def downsample(self, x: Tensor, layer: List[Tensor], attrs: Tensor) -> Tensor:
    if int(attrs[0]) == 0:
      x = torch.constant_pad_nd(x, [0, 1, 0, 1])
    return self.conv(x, layer, 2, int(attrs[0]))

  def upsample(self, x: Tensor, like: List[Tensor], layer: List[Tensor]) -> Tensor:
    # Twice the size, or the size of the skip connection that comes next.
    height = torch.size(x, 2) * 2
    width = torch.size(x, 3) * 2
    if torch.numel(like[0]) > 0:
      height = torch.size(like[0], 2)
      width = torch.size(like[0], 3)
    return self.conv(torch.upsample_nearest2d(x, [height, width]), layer, 1, 1)

  def norm_act_conv(self, x: Tensor, norm: List[Tensor], layer: List[Tensor], attrs: Tensor) -> Tensor:
    h = self.act(self.group_norm_(x, norm, int(attrs[0]), float(attrs[1])), int(attrs[2]))
    return self.conv(h, layer, 1, int(attrs[3]))

  def center(self, x: Tensor) -> Tensor:
    return torch.sub(torch.mul(x, 2.), 1.)

  # ---- AutoencoderKL, AutoencoderTiny -------------------------------------------------------

  def image_attention(self, x: Tensor, group_norm: List[Tensor], to_q: List[Tensor], to_k: List[Tensor], to_v: List[Tensor], to_out: List[Tensor], attention: Tensor, attrs: Tensor) -> Tensor:
    tokens = torch.transpose(torch.flatten(self.group_norm_(x, group_norm, int(attrs[0]), float(attrs[1])), 2), 1, 2)
    out = self.attend(self.linear(tokens, to_q), self.linear(tokens, to_k), self.linear(tokens, to_v), attention, self.no_mask(x))
    return torch.add(torch.reshape(torch.transpose(self.linear(out, to_out), 1, 2), x.shape), x)

  def split_moments(self, moments: Tensor) -> List[Tensor]:
    mean, logvar = torch.chunk(torch.to(moments, 6), 2, 1)
    return [torch.contiguous(mean), torch.contiguous(torch.clamp(logvar, -30., 20.))]

  def tiny_block(self, x: Tensor, conv_0: List[Tensor], conv_2: List[Tensor], conv_4: List[Tensor], attrs: Tensor) -> Tensor:
    kind = int(attrs[0])
    h = self.act(self.conv(x, conv_0, 1, 1), kind)
    h = self.conv(self.act(self.conv(h, conv_2, 1, 1), kind), conv_4, 1, 1)
    return torch.relu(torch.add(h, x))

  def activation(self, x: Tensor, attrs: Tensor) -> Tensor:
    return self.act(x, int(attrs[0]))

  def tiny_input(self, x: Tensor) -> Tensor:
    return torch.div(torch.add(x, 1.), 2.)

  def tiny_bound(self, x: Tensor) -> Tensor:
    return torch.mul(torch.tanh(torch.div(x, 3.)), 3.)

  # ---- CLIPTextModel ------------------------------------------------------------------------

  def clip_embeddings(self, ids: Tensor, token: List[Tensor], position: List[Tensor]) -> Tensor:
    return torch.add(torch.embedding(token[0], ids), torch.slice(position[0], 0, 0, torch.size(ids, 1)))

  def clip_layer(self, h: Tensor, norm1: List[Tensor], q: List[Tensor], k: List[Tensor], v: List[Tensor], out: List[Tensor], norm2: List[Tensor], fc1: List[Tensor], fc2: List[Tensor], attention: Tensor, attrs: Tensor) -> Tensor:
    eps = float(attrs[0])
    x = self.layer_norm_(h, norm1, eps)
    a = self.attend(self.linear(x, q), self.linear(x, k), self.linear(x, v), attention, self.no_mask(x))
    h = torch.add(h, self.linear(a, out))
    m = self.act(self.linear(self.layer_norm_(h, norm2, eps), fc1), int(attrs[1]))
    return torch.add(h, self.linear(m, fc2))

  def layer_norm(self, x: Tensor, norm: List[Tensor], attrs: Tensor) -> Tensor:
    return self.layer_norm_(x, norm, float(attrs[0]))

  def pooled(self, h: Tensor, at: Tensor) -> Tensor:
    return torch.stack([torch.select(torch.select(h, 0, i), 0, int(at[i])) for i in range(torch.size(h, 0))])

  # ---- training -----------------------------------------------------------------------------

  def mse(self, prediction: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    # Mean over all but the batch, weighed a sample, mean over the batch; in fp32.
    error = torch.sub(torch.to(prediction, 6), target)
    per_sample = torch.mean(torch.flatten(torch.mul(error, error), 1), [1])
    return torch.mean(torch.mul(per_sample, weights))

  def masked_mse(self, prediction: Tensor, target: Tensor, mask: Tensor, weights: Tensor) -> Tensor:
    # As mse, each pixel's error weighed.
    error = torch.sub(torch.to(prediction, 6), target)
    per_sample = torch.mean(torch.flatten(torch.mul(torch.mul(error, error), mask), 1), [1])
    return torch.mean(torch.mul(per_sample, weights))

  def pseudo_huber(self, prediction: Tensor, target: Tensor, c: Tensor, factor: Tensor, mask: Tensor, weights: Tensor) -> Tensor:
    # factor (sqrt(e^2 + c^2) - c), each pixel's error weighed; means as in mse.
    error = torch.sub(torch.to(prediction, 6), target)
    root = torch.sqrt(torch.add(torch.mul(error, error), torch.mul(c, c)))
    cost = torch.mul(torch.mul(factor, torch.sub(root, c)), mask)
    per_sample = torch.mean(torch.flatten(cost, 1), [1])
    return torch.mean(torch.mul(per_sample, weights))

  def requires_gradient(self, x: Tensor) -> Tensor:
    return torch.full([1], float(x.requires_grad), dtype=6)

  def alias(self, x: Tensor) -> Tensor:
    return torch.view(x, x.shape)

  def inner_product(self, outputs: List[Tensor], gradients: List[Tensor]) -> Tensor:
    # A number whose gradients with respect to the outputs are the given ones.
    total = torch.sum(torch.mul(outputs[0], gradients[0]), dtype=6)
    for i in range(1, len(outputs)):
      total = torch.add(total, torch.sum(torch.mul(outputs[i], gradients[i]), dtype=6))
    return total

  def fused_weight(self, weight: Tensor, a: Tensor, b: Tensor, scale: Tensor) -> Tensor:
    update = torch.matmul(torch.flatten(b, 1), torch.flatten(a, 1))
    update = torch.reshape(torch.mul(update, scale), weight.shape)
    return torch.to(torch.add(torch.to(weight, 6), update), weight.dtype)

  def with_rows(self, table: Tensor, rows: Tensor, attrs: Tensor) -> Tensor:
    kept = torch.slice(table, 0, 0, int(attrs[0]))
    return torch.cat([kept, torch.to(rows, table.dtype)])

  def scatter(self, flat: Tensor, leaves: List[Tensor]) -> Tensor:
    at = 0
    for leaf in leaves:
      n = torch.numel(leaf)
      _ = torch.copy_(leaf, torch.reshape(torch.slice(flat, 0, at, at + n), leaf.shape))
      at = at + n
    return flat

  def gather(self, gradients: List[Tensor]) -> Tensor:
    # All gradients as one fp32 vector; they are zeroed for the next micro-batch.
    parts : List[Tensor] = []
    for gradient in gradients:
      parts.append(torch.reshape(gradient, [-1]))
    flat = torch.cat(parts)
    for gradient in gradients:
      _ = torch.zero_(gradient)
    return flat
