package org.sparklora.train;

/**
 * AdamW and gradient clipping, in diffusers' flags.
 *
 * @param learningRate {@code --learning_rate}, before the schedule
 * @param adamBeta1 {@code --adam_beta1}
 * @param adamBeta2 {@code --adam_beta2}
 * @param adamWeightDecay {@code --adam_weight_decay}, decoupled
 * @param adamEpsilon {@code --adam_epsilon}
 * @param maxGradNorm {@code --max_grad_norm}, the largest global L2 norm; infinity does not clip
 */
public record OptimizerConfig(
    double learningRate,
    double adamBeta1,
    double adamBeta2,
    double adamWeightDecay,
    double adamEpsilon,
    double maxGradNorm) {}
