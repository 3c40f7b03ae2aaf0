package org.sparklora.train.optimizer;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.sparklora.flag.Flag;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.RealNumber;

/** The flags that several update rules share, each with the annotation of its components. */
final class AdamFlags {
  private AdamFlags() {}

  @Flag(
      names = "--adam_beta1",
      label = "X",
      help = "Decay of the first moment; adafactor has none (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1, belowMax = true)
  @InRecipe(always = true)
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.FIELD)
  @interface Beta1 {}

  @Flag(
      names = "--adam_beta2",
      label = "X",
      help =
          "Decay of the second moment, or of lion's momentum; adafactor has its own (default:"
              + " 0.999; lion 0.99).",
      unset = true)
  @RealNumber(min = 0, max = 1, belowMax = true)
  @InRecipe(always = true)
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.FIELD)
  @interface Beta2 {}

  @Flag(
      names = "--adam_weight_decay",
      label = "X",
      help =
          "Decoupled weight decay (default: 0.01 for adamw and adamw8bit, 0.1 for muon, else 0; for"
              + " dreambooth with SDXL 1e-4 for adamw, adamw8bit and prodigy).",
      unset = true)
  @RealNumber(min = 0, max = 1000)
  @InRecipe(always = true)
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.FIELD)
  @interface WeightDecay {}

  @Flag(
      names = "--adam_epsilon",
      label = "X",
      help =
          "Epsilon of the adamw rules, of muon's vectors and of prodigy (default:"
              + " ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1, aboveMin = true)
  @InRecipe(always = true)
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.FIELD)
  @interface Epsilon {}
}
