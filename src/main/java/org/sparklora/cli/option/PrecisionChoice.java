package org.sparklora.cli.option;

import org.sparklora.cli.config.Problems;
import org.sparklora.tensor.Precision;

/** Reads the values of {@code --mixed_precision} and similar flags. */
public final class PrecisionChoice {
  private PrecisionChoice() {}

  public static Precision of(String name, Problems problems) {
    return of("--mixed_precision", name, problems);
  }

  public static Precision of(String flag, String name, Problems problems) {
    return name.equals("no")
        ? Precision.FP32
        : problems.choice(flag + " (or no)", name, Precision.named(), Precision.FP32);
  }
}
