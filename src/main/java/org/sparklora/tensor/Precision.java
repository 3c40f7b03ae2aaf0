package org.sparklora.tensor;

import ai.djl.Device;
import org.sparklora.util.InvalidInputException;

/** The type the frozen network computes in; names as in {@code --mixed_precision}. */
public enum Precision {
  /** {@code no}: fp32. */
  FP32,
  /** {@code bf16}: CPUs and GPUs. */
  BF16,
  /** {@code fp16}: GPUs only, with dynamic loss scaling. */
  FP16;

  /**
   * Refuses fp16 on a CPU before anything hangs on it.
   *
   * @throws InvalidInputException (CONFIGURATION) for fp16 on a CPU
   */
  public void requireSupportOn(Device device) {
    if (this == FP16 && !device.isGpu()) {
      throw InvalidInputException.configuration(
          "Unsupported precision: fp16 on a CPU, whose libtorch has no fp16 convolution kernels;"
              + " use bf16 or no (fp32), or run on GPUs");
    }
  }
}
