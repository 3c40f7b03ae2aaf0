# Embeddings of a time, of what SDXL is told beside it, and of a guidance scale.
class Ops(Module):

  def sinusoids(self, values: Tensor, channels: int, cosines_first: bool, shift: float) -> Tensor:
    # get_timestep_embedding: [n] -> [n, channels], fp32.
    half = channels // 2
    exponent = torch.mul(torch.arange(half, dtype=self.fp32(), device=values.device), -9.210340371976184)
    frequencies = torch.exp(torch.div(exponent, half - shift))
    angles = torch.mul(torch.unsqueeze(torch.to(values, self.fp32()), 1), torch.unsqueeze(frequencies, 0))
    if cosines_first:
      waves = torch.cat([torch.cos(angles), torch.sin(angles)], 1)
    else:
      waves = torch.cat([torch.sin(angles), torch.cos(angles)], 1)
    if channels % 2 == 1:
      waves = torch.constant_pad_nd(waves, [0, 1, 0, 0])
    return waves

  def timestep_embedding(self, timesteps: Tensor, like: Tensor, condition: Tensor, added: Tensor, cond_proj: List[Tensor], linear_1: List[Tensor], linear_2: List[Tensor], attrs: Tensor) -> Tensor:
    # Sinusoids in fp32, then the two-layer perceptron. A condition, if there is one, is added to
    # the sinusoids; an added embedding, if there is one, to what the perceptron gives.
    channels = int(attrs[0])
    cosines_first = bool(attrs[1])
    shift = float(attrs[2])
    between = int(attrs[3])
    after = int(attrs[4])
    last = int(attrs[5])
    h = torch.to(self.sinusoids(timesteps, channels, cosines_first, shift), like.dtype)
    if torch.numel(condition) > 0:
      h = torch.add(h, self.linear(condition, cond_proj))
    h = self.linear(h, linear_1)
    h = self.act(self.linear(self.act(h, between), linear_2), after)
    if torch.numel(added) > 0:
      h = torch.add(h, added)
    return self.act(h, last)

  def added_embedding(self, pooled: Tensor, time_ids: Tensor, linear_1: List[Tensor], linear_2: List[Tensor], attrs: Tensor) -> Tensor:
    # SDXL's add_embedding of the pooled text [batch, width] beside the sinusoids of a picture's sizes
    # [batch, 6]. The sizes are whole numbers, which half precision would round.
    # attrs: [channels, cosines_first, shift] of the sinusoids of each size
    waves = self.sinusoids(torch.flatten(time_ids), int(attrs[0]), bool(attrs[1]), float(attrs[2]))
    sizes = torch.reshape(waves, [torch.size(time_ids, 0), -1])
    h = torch.cat([pooled, torch.to(sizes, pooled.dtype)], 1)
    return self.linear(torch.silu(self.linear(h, linear_1)), linear_2)

  def guidance_embedding(self, scales: Tensor, like: Tensor, attrs: Tensor) -> Tensor:
    # Sinusoids of a guidance scale less one (get_guidance_scale_embedding). They are so large that
    # they have to be rounded where diffusers rounds.
    half = int(attrs[0]) // 2
    exponent = torch.div(torch.log(torch.full([1], 10000., dtype=self.fp32(), device=scales.device)), half - 1)
    steps = torch.arange(half, dtype=self.fp32(), device=scales.device)
    frequencies = torch.exp(torch.mul(steps, torch.neg(exponent)))
    angles = torch.mul(torch.unsqueeze(torch.mul(scales, 1000.), 1), torch.unsqueeze(frequencies, 0))
    waves = torch.cat([torch.sin(angles), torch.cos(angles)], 1)
    if int(attrs[0]) % 2 == 1:
      waves = torch.constant_pad_nd(waves, [0, 1, 0, 0])
    return torch.to(waves, like.dtype)
