package org.sparklora.train.step;

/** The names {@code --lr_scheduler} takes, as in diffusers' {@code get_scheduler}. */
public enum LrScheduler {
  CONSTANT,
  CONSTANT_WITH_WARMUP,
  LINEAR,
  COSINE,
  COSINE_WITH_RESTARTS,
  POLYNOMIAL
}
