package org.sparklora.train.step;

/** A value of {@code --lr_scheduler}, as in diffusers' {@code get_scheduler}. */
public enum LrScheduler {
  CONSTANT,
  CONSTANT_WITH_WARMUP,
  LINEAR,
  COSINE,
  COSINE_WITH_RESTARTS,
  POLYNOMIAL
}
