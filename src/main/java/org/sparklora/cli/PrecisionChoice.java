package org.sparklora.cli;

import org.sparklora.tensor.Precision;

/** The values of {@code --mixed_precision}. */
final class PrecisionChoice {
  private PrecisionChoice() {}

  static Precision of(String name, Problems problems) {
    return name.equals("no")
        ? Precision.FP32
        : problems.choice("--mixed_precision (or no)", name, Precision.values(), Precision.FP32);
  }
}
