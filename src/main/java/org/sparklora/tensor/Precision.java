package org.sparklora.tensor;

import ai.djl.Device;
import java.util.Locale;
import org.sparklora.util.InvalidInputException;

/** The type that the frozen network computes in; names as in {@code --mixed_precision}. */
public enum Precision {
  /** {@code no}: fp32. */
  FP32,
  /** {@code bf16}: CPUs and GPUs. */
  BF16,
  /** {@code fp16}: GPUs, with dynamic loss scaling. */
  FP16,
  /**
   * {@code fp16} with {@code --emulate_fp16}: CPUs, too. Operands and results are fp16; products
   * are computed in fp32 and rounded once.
   */
  EMULATED_FP16;

  /** The precisions that have a name of their own in {@code --mixed_precision} and its like. */
  public static Precision[] named() {
    return new Precision[] {FP32, BF16, FP16};
  }

  /** Whether numbers are fp16: five bits of exponent, nothing above 65504. */
  public boolean isFp16() {
    return this == FP16 || this == EMULATED_FP16;
  }

  /**
   * The value of {@code --mixed_precision} and its like: {@code fp32}, {@code bf16}, {@code fp16}.
   */
  public String flag() {
    return isFp16() ? "fp16" : name().toLowerCase(Locale.ROOT);
  }

  /**
   * Refuses fp16 on a CPU where it was not asked for, before any work is spent.
   *
   * @throws InvalidInputException (CONFIGURATION) for fp16 on a CPU
   */
  public void requireSupportOn(Device device) {
    if (this == FP16 && !device.isGpu()) {
      throw InvalidInputException.configuration(
          "Unsupported precision: fp16 on a CPU, which only emulates it and is slower than in fp32;"
              + " use bf16 or no (fp32), run on GPUs, or ask for it with --emulate_fp16");
    }
  }
}
