# Adapters and gradients as one vector.
class Ops(Module):

  def requires_gradient(self, x: Tensor) -> Tensor:
    return torch.full([1], float(x.requires_grad), dtype=self.fp32())

  def flattened(self, tensors: List[Tensor]) -> Tensor:
    parts : List[Tensor] = []
    for tensor in tensors:
      parts.append(torch.reshape(tensor, [-1]))
    return torch.cat(parts)

  def sum_of(self, a: Tensor, b: Tensor) -> Tensor:
    return torch.add(a, b)

  def scatter(self, flat: Tensor, leaves: List[Tensor]) -> Tensor:
    # Copies a vector into the leaves, one after another.
    at = 0
    for leaf in leaves:
      n = torch.numel(leaf)
      _ = torch.copy_(leaf, torch.reshape(torch.slice(flat, 0, at, at + n), leaf.shape))
      at = at + n
    return flat

  def gather(self, gradients: List[Tensor]) -> Tensor:
    # All gradients as one fp32 vector. They are zeroed for the next micro-batch.
    parts : List[Tensor] = []
    for gradient in gradients:
      parts.append(torch.reshape(gradient, [-1]))
    flat = torch.cat(parts)
    for gradient in gradients:
      _ = torch.zero_(gradient)
    return flat
