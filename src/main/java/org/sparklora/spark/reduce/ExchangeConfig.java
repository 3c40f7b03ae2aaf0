package org.sparklora.spark.reduce;

import java.util.Map;
import org.sparklora.flag.Flag;
import org.sparklora.flag.FlagRecipe;
import org.sparklora.flag.InRecipe;
import org.sparklora.train.step.GradientType;

/** How gradients come to the driver. */
public record ExchangeConfig(
    @Flag(
            names = "--exchange",
            label = "WAY",
            help =
                "How gradients get to the driver: direct, tree (executors add them on the way), or"
                    + " auto, which chooses by their size (default: ${DEFAULT-VALUE}). The result's"
                    + " bits do not depend on it.")
        ExchangeMode mode,
    @Flag(
            names = "--exchange_dtype",
            label = "fp32|bf16",
            help =
                "Type of gradients on their way (default: ${DEFAULT-VALUE}). bf16 halves their"
                    + " bytes: each gradient and each sum of two is rounded to it. The result's"
                    + " bits depend on it, but not on the number of executors.")
        @InRecipe
        GradientType dtype) {
  /** The default settings. */
  public static final ExchangeConfig USUAL =
      new ExchangeConfig(ExchangeMode.AUTO, GradientType.FP32);

  /** The settings that a resumed run must share, by flag. */
  public Map<String, String> recipe() {
    return FlagRecipe.of(this, USUAL);
  }
}
