# Losses, in fp32: the mean over all but the batch, weighed per sample, then the mean over the
# batch.
class Ops(Module):

  def mse(self, prediction: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    # weights is [batch].
    error = torch.sub(torch.to(prediction, self.fp32()), target)
    per_sample = torch.mean(torch.flatten(torch.mul(error, error), 1), [1])
    return torch.mean(torch.mul(per_sample, weights))

  def masked_mse(self, prediction: Tensor, target: Tensor, mask: Tensor, weights: Tensor) -> Tensor:
    # As mse, with the error of each pixel weighed by the mask.
    error = torch.sub(torch.to(prediction, self.fp32()), target)
    per_sample = torch.mean(torch.flatten(torch.mul(torch.mul(error, error), mask), 1), [1])
    return torch.mean(torch.mul(per_sample, weights))

  def pseudo_huber(self, prediction: Tensor, target: Tensor, c: Tensor, factor: Tensor, mask: Tensor, weights: Tensor) -> Tensor:
    # factor (sqrt(e^2 + c^2) - c), weighed per pixel by the mask; means as in mse.
    error = torch.sub(torch.to(prediction, self.fp32()), target)
    root = torch.sqrt(torch.add(torch.mul(error, error), torch.mul(c, c)))
    cost = torch.mul(torch.mul(factor, torch.sub(root, c)), mask)
    per_sample = torch.mean(torch.flatten(cost, 1), [1])
    return torch.mean(torch.mul(per_sample, weights))
