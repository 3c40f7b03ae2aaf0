package org.sparklora.report.history;

/** A quantity that has a curve over steps. */
public enum Quantity {
  LOSS,
  HELD_OUT_LOSS,
  LEARNING_RATE,
  GRADIENT_NORM,
  IMAGES_PER_SECOND,
  SYNC_SECONDS,
  DRIVER_BYTES,
  WORKER_BYTES,
  DEVICE_BYTES
}
