# Embeddings of a time and of a guidance scale.
class Ops(Module):

  def timestep_embedding(self, timesteps: Tensor, like: Tensor, condition: Tensor, cond_proj: List[Tensor], linear_1: List[Tensor], linear_2: List[Tensor], attrs: Tensor) -> Tensor:
    # Sinusoids in fp32 (get_timestep_embedding), then the two-layer perceptron. A condition, if
    # there is one, is added to the sinusoids.
    channels = int(attrs[0])
    cosines_first = bool(attrs[1])
    shift = float(attrs[2])
    between = int(attrs[3])
    after = int(attrs[4])
    last = int(attrs[5])
    half = channels // 2
    exponent = torch.mul(torch.arange(half, dtype=self.fp32(), device=timesteps.device), -9.210340371976184)
    frequencies = torch.exp(torch.div(exponent, half - shift))
    angles = torch.mul(torch.unsqueeze(torch.to(timesteps, self.fp32()), 1), torch.unsqueeze(frequencies, 0))
    if cosines_first:
      waves = torch.cat([torch.cos(angles), torch.sin(angles)], 1)
    else:
      waves = torch.cat([torch.sin(angles), torch.cos(angles)], 1)
    if channels % 2 == 1:
      waves = torch.constant_pad_nd(waves, [0, 1, 0, 0])
    h = torch.to(waves, like.dtype)
    if torch.numel(condition) > 0:
      h = torch.add(h, self.linear(condition, cond_proj))
    h = self.linear(h, linear_1)
    h = self.linear(self.act(h, between), linear_2)
    return self.act(self.act(h, after), last)

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
