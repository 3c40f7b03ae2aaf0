package org.sparklora.train.rate;

/**
 * A value of {@code --lr_scheduler}: those of diffusers' {@code get_scheduler}, of transformers'
 * that kohya's scripts add, and REX.
 */
public enum LrScheduler {
  CONSTANT,
  CONSTANT_WITH_WARMUP,
  LINEAR,
  COSINE,
  COSINE_WITH_RESTARTS,
  POLYNOMIAL,
  PIECEWISE_CONSTANT,
  INVERSE_SQRT,
  COSINE_WITH_MIN_LR,
  WARMUP_STABLE_DECAY,
  REX
}
