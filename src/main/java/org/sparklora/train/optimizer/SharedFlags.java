package org.sparklora.train.optimizer;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.sparklora.flag.Flag;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.RealNumber;

/** The flags that several update rules share, each with the annotation of its components. */
final class SharedFlags {
  private SharedFlags() {}

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
              + " 0.999; lion and prodigy_plus_schedulefree 0.99).",
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
          "Decoupled weight decay (default: 0.01 for adamw and adamw8bit, 0.1 for muon, else 0).",
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
          "Epsilon of the adamw and prodigy rules, and of muon's vectors (default:"
              + " ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1, aboveMin = true)
  @InRecipe(always = true)
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.FIELD)
  @interface Epsilon {}

  @Flag(
      names = "--prodigy_beta3",
      label = "X",
      help = "Decay of the prodigy rules' estimate (default: the root of --adam_beta2).",
      unset = true)
  @RealNumber(min = 0, max = 1, belowMax = true)
  @InRecipe(always = true)
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.FIELD)
  @interface Beta3 {}

  @Flag(
      names = "--prodigy_d0",
      label = "X",
      help = "The prodigy rules' first estimate (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1, aboveMin = true)
  @InRecipe(always = true)
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.FIELD)
  @interface FirstEstimate {}

  @Flag(
      names = "--prodigy_d_coef",
      label = "X",
      help = "Factor on the prodigy rules' estimate (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1000, aboveMin = true)
  @InRecipe(always = true)
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.FIELD)
  @interface EstimateFactor {}
}
