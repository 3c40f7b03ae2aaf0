# What Java and the device exchange, as one vector: inputs, adapters, gradients.
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

  def parts(self, flat: Tensor, places: Tensor) -> List[Tensor]:
    # Views of a vector. places has offset and size of each.
    found = annotate(List[Tensor], [])
    for i in range(torch.numel(places) // 2):
      at = int(places[2 * i])
      found.append(torch.slice(flat, 0, at, at + int(places[2 * i + 1])))
    return found

  def scatter(self, flat: Tensor, leaves: List[Tensor]) -> Tensor:
    # Copies a vector into the leaves, one after another.
    at = 0
    for leaf in leaves:
      n = torch.numel(leaf)
      _ = torch.copy_(leaf, torch.reshape(torch.slice(flat, 0, at, at + n), leaf.shape))
      at = at + n
    return flat

  def gather(self, gradients: List[Tensor], loss: Tensor) -> Tensor:
    # All gradients, then the loss, as one fp32 vector. The gradients are zeroed for the next
    # micro-batch.
    parts : List[Tensor] = []
    for gradient in gradients:
      parts.append(torch.reshape(gradient, [-1]))
    parts.append(torch.reshape(loss, [-1]))
    flat = torch.cat(parts)
    for gradient in gradients:
      _ = torch.zero_(gradient)
    return flat
