package org.sparklora.schedulers;

/** What the UNet's output means; names as in diffusers' {@code prediction_type}. */
public enum PredictionType {
  EPSILON,
  V_PREDICTION,
  SAMPLE
}
