package org.sparklora.train.optimizer;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.sparklora.flag.Flag;
import org.sparklora.flag.FlagRecipe;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;
import org.sparklora.train.optimizer.SharedFlags.Beta1;
import org.sparklora.train.optimizer.SharedFlags.Beta2;
import org.sparklora.train.optimizer.SharedFlags.Beta3;
import org.sparklora.train.optimizer.SharedFlags.Epsilon;
import org.sparklora.train.optimizer.SharedFlags.EstimateFactor;
import org.sparklora.train.optimizer.SharedFlags.FirstEstimate;
import org.sparklora.train.optimizer.SharedFlags.WeightDecay;

/** An update rule and its numbers: {@code --optimizer} with the flags that belong to it. */
public sealed interface UpdateRuleConfig extends Serializable {
  /** Every rule with its usual numbers, in the order of their flags in the help. */
  static List<UpdateRuleConfig> usual() {
    // This is no constant, because a constant would be initialized together with the first rule,
    // before that rule's own defaults.
    return List.of(
        AdamW.USUAL,
        AdamW8bit.USUAL,
        ScheduleFree.USUAL,
        Lion.USUAL,
        Muon.USUAL,
        Came.USUAL,
        Prodigy.USUAL,
        ProdigyPlus.USUAL,
        Adafactor.USUAL);
  }

  /** The value of {@code --optimizer}. */
  String label();

  /** Whether the rule keeps an average of its own, which is the adapter to use. */
  default boolean averages() {
    return false;
  }

  /** Whether the rule multiplies the learning rate by its own estimate, so that 1 is usual. */
  default boolean estimatesRate() {
    return false;
  }

  /** The same with the usual decay of its estimate, if it has one: it depends on beta2. */
  default UpdateRuleConfig withUsualBeta3() {
    return this;
  }

  /** The settings that a resumed run must share, by flag. */
  default Map<String, String> recipe() {
    Map<String, String> recipe = numbers();
    recipe.put("optimizer", label());
    return recipe;
  }

  private Map<String, String> numbers() {
    Record rule = (Record) this;
    return FlagRecipe.of(rule, rule);
  }

  /** {@code adamw}, with decoupled weight decay. */
  record AdamW(
      @Beta1 double beta1,
      @Beta2 double beta2,
      @WeightDecay double weightDecay,
      @Epsilon double epsilon)
      implements UpdateRuleConfig {
    public static final AdamW USUAL = new AdamW(0.9, 0.999, 1e-2, 1e-8);

    @Override
    public String label() {
      return "adamw";
    }

    /**
     * The recipe without the rule's name, because older checkpoints, from when this was the only
     * rule, do not have it.
     */
    @Override
    public Map<String, String> recipe() {
      return FlagRecipe.of(this, USUAL);
    }
  }

  /** {@code adamw8bit}: the numbers of {@link AdamW}. */
  record AdamW8bit(
      @Beta1 double beta1,
      @Beta2 double beta2,
      @WeightDecay double weightDecay,
      @Epsilon double epsilon)
      implements UpdateRuleConfig {
    public static final AdamW8bit USUAL = new AdamW8bit(0.9, 0.999, 1e-2, 1e-8);

    @Override
    public String label() {
      return "adamw8bit";
    }
  }

  /**
   * {@code adamw_schedulefree}.
   *
   * @param beta1 where gradients are taken, between z (0) and the average (1)
   * @param weightDecay at the gradients' place
   */
  record ScheduleFree(
      @Beta1 double beta1,
      @Beta2 double beta2,
      @WeightDecay double weightDecay,
      @Epsilon double epsilon,
      @Flag(
              names = "--schedulefree_warmup_steps",
              label = "N",
              help = "Updates in which the rate of adamw_schedulefree rises (default: 0).",
              unset = true)
          @WholeNumber(min = 0, max = 1_000_000_000)
          @InRecipe(always = true)
          long warmupSteps)
      implements UpdateRuleConfig {
    public static final ScheduleFree USUAL = new ScheduleFree(0.9, 0.999, 0, 1e-8, 0);

    @Override
    public String label() {
      return "adamw_schedulefree";
    }

    @Override
    public boolean averages() {
      return true;
    }
  }

  /**
   * {@code muon}, which updates matrices. Vectors are updated as in {@link AdamW}.
   *
   * @param beta1 of vectors
   * @param beta2 of vectors
   * @param weightDecay decoupled
   * @param epsilon of vectors
   */
  record Muon(
      @Flag(
              names = "--muon_momentum",
              label = "X",
              help = "Decay of muon's momentum (default: 0.95).",
              unset = true)
          @RealNumber(min = 0, max = 1, belowMax = true)
          @InRecipe(always = true)
          double momentum,
      @Beta1 double beta1,
      @Beta2 double beta2,
      @WeightDecay double weightDecay,
      @Epsilon double epsilon)
      implements UpdateRuleConfig {
    public static final Muon USUAL = new Muon(0.95, 0.9, 0.999, 0.1, 1e-8);

    @Override
    public String label() {
      return "muon";
    }
  }

  /**
   * {@code came}.
   *
   * @param beta1 of the momentum
   * @param beta2 of the mean squares
   * @param weightDecay decoupled
   */
  record Came(
      @Beta1 double beta1,
      @Beta2 double beta2,
      @Flag(
              names = "--came_beta3",
              label = "X",
              help =
                  "Decay of came's mean squared distance of updates from the momentum (default:"
                      + " 0.9999).",
              unset = true)
          @RealNumber(min = 0, max = 1, belowMax = true)
          @InRecipe(always = true)
          double beta3,
      @WeightDecay double weightDecay)
      implements UpdateRuleConfig {
    public static final Came USUAL = new Came(0.9, 0.999, 0.9999, 0);

    @Override
    public String label() {
      return "came";
    }
  }

  /**
   * {@code lion}.
   *
   * @param beta1 the momentum's share of a step's direction
   * @param beta2 the momentum's decay
   * @param weightDecay decoupled
   */
  record Lion(@Beta1 double beta1, @Beta2 double beta2, @WeightDecay double weightDecay)
      implements UpdateRuleConfig {
    public static final Lion USUAL = new Lion(0.9, 0.99, 0);

    @Override
    public String label() {
      return "lion";
    }
  }

  /**
   * {@code adafactor}.
   *
   * @param weightDecay decoupled
   * @param relativeStep the rate falls with the root of the step instead of following the schedule
   */
  record Adafactor(
      @WeightDecay double weightDecay,
      @Flag(
              names = "--adafactor_scale_parameter",
              help =
                  "Multiply adafactor's rate by each tensor's root mean square (default:"
                      + " ${DEFAULT-VALUE}).")
          @InRecipe(always = true)
          boolean scaleParameter,
      @Flag(
              names = "--adafactor_relative_step",
              help =
                  "Use adafactor's own falling rate instead of --learning_rate (default:"
                      + " ${DEFAULT-VALUE}).")
          @InRecipe(always = true)
          boolean relativeStep,
      @Flag(
              names = "--adafactor_warmup_init",
              help = "Start the relative step at 1e-6 (default: ${DEFAULT-VALUE}).")
          @InRecipe(always = true)
          boolean warmupInit)
      implements UpdateRuleConfig {
    public static final Adafactor USUAL = new Adafactor(0, false, false, false);

    @Override
    public String label() {
      return "adafactor";
    }
  }

  /**
   * {@code prodigy}.
   *
   * @param beta3 the decay of the distance's estimate
   * @param decouple weight decay as AdamW's, else added to the gradient
   * @param safeguardWarmup the denominator of the distance estimate leaves the learning rate out
   */
  record Prodigy(
      @Beta1 double beta1,
      @Beta2 double beta2,
      @Beta3 double beta3,
      @WeightDecay double weightDecay,
      @Epsilon double epsilon,
      @Flag(
              names = "--prodigy_decouple",
              help = "Decouple prodigy's weight decay, as in AdamW (default: ${DEFAULT-VALUE}).")
          @InRecipe(always = true)
          boolean decouple,
      @Flag(
              names = "--prodigy_use_bias_correction",
              help = "Use Adam's bias correction in prodigy (default: ${DEFAULT-VALUE}).")
          @InRecipe(always = true)
          boolean biasCorrection,
      @Flag(
              names = "--prodigy_safeguard_warmup",
              help =
                  "Keep a warm-up of the learning rate out of the denominator of prodigy's estimate"
                      + " (default: ${DEFAULT-VALUE}).")
          @InRecipe(always = true)
          boolean safeguardWarmup,
      @FirstEstimate double d0,
      @EstimateFactor double dCoef,
      @Flag(
              names = "--prodigy_growth_rate",
              label = "X",
              help = "Largest growth of prodigy's estimate in one update (default: inf).",
              unset = true)
          @RealNumber(min = 1, max = 1e6, aboveMin = true, orInfinity = true)
          @InRecipe(always = true)
          double growthRate)
      implements UpdateRuleConfig {
    public static final Prodigy USUAL =
        new Prodigy(
            0.9,
            0.999,
            Math.sqrt(0.999),
            0,
            1e-8,
            true,
            true,
            true,
            1e-6,
            1,
            Double.POSITIVE_INFINITY);

    @Override
    public String label() {
      return "prodigy";
    }

    @Override
    public boolean estimatesRate() {
      return true;
    }

    @Override
    public Prodigy withUsualBeta3() {
      return new Prodigy(
          beta1,
          beta2,
          Math.sqrt(beta2),
          weightDecay,
          epsilon,
          decouple,
          biasCorrection,
          safeguardWarmup,
          d0,
          dCoef,
          growthRate);
    }
  }

  /**
   * {@code prodigy_plus_schedulefree}.
   *
   * @param beta1 where gradients are taken, between z (0) and the average (1)
   * @param beta3 the decay of the distance's estimate
   * @param weightDecay at the gradients' place
   * @param dLimiter the estimate grows by at most the fourth root of 2 in an update
   * @param steps number of updates that change the estimate, plus 1; 0 for all
   * @param averaging how fast the average follows z; 0 for the paper's rule
   * @param factored of the squares of large tensors, only means over two axes are kept
   * @param clipped limit the root mean square of a tensor's update, as StableAdamW
   */
  record ProdigyPlus(
      @Beta1 double beta1,
      @Beta2 double beta2,
      @Beta3 double beta3,
      @WeightDecay double weightDecay,
      @Epsilon double epsilon,
      @FirstEstimate double d0,
      @EstimateFactor double dCoef,
      @Flag(
              names = "--prodigy_d_limiter",
              help =
                  "Let the estimate of prodigy_plus_schedulefree grow by at most a fifth in one"
                      + " update (default: ${DEFAULT-VALUE}).")
          @InRecipe(always = true)
          boolean dLimiter,
      @Flag(
              names = "--prodigy_steps",
              label = "N",
              help =
                  "The update from which the estimate of prodigy_plus_schedulefree stays; 0 for"
                      + " none (default: ${DEFAULT-VALUE}).")
          @WholeNumber(min = 0, max = 1_000_000_000)
          @InRecipe(always = true)
          long steps,
      @Flag(
              names = "--schedulefree_c",
              label = "X",
              help =
                  "How fast the average of prodigy_plus_schedulefree follows its steps; 6 to 200"
                      + " are usual, 0 is the paper's rule (default: ${DEFAULT-VALUE}).")
          @RealNumber(min = 0, max = 1e6)
          @InRecipe(always = true)
          double averaging,
      @Flag(
              names = "--prodigy_factored",
              help =
                  "Keep only means over two axes of the squares in prodigy_plus_schedulefree"
                      + " (default: ${DEFAULT-VALUE}).")
          @InRecipe(always = true)
          boolean factored,
      @Flag(
              names = "--prodigy_use_stableadamw",
              help =
                  "Limit the size of each tensor's update in prodigy_plus_schedulefree (default:"
                      + " ${DEFAULT-VALUE}).")
          @InRecipe(always = true)
          boolean clipped)
      implements UpdateRuleConfig {
    public static final ProdigyPlus USUAL =
        new ProdigyPlus(0.9, 0.99, Math.sqrt(0.99), 0, 1e-8, 1e-6, 1, true, 0, 0, true, true);

    @Override
    public String label() {
      return "prodigy_plus_schedulefree";
    }

    @Override
    public boolean averages() {
      return true;
    }

    @Override
    public boolean estimatesRate() {
      return true;
    }

    @Override
    public ProdigyPlus withUsualBeta3() {
      return new ProdigyPlus(
          beta1,
          beta2,
          Math.sqrt(beta2),
          weightDecay,
          epsilon,
          d0,
          dCoef,
          dLimiter,
          steps,
          averaging,
          factored,
          clipped);
    }
  }
}
