package org.sparklora.train.optimizer;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/** An update rule and its numbers: {@code --optimizer} with the flags that belong to it. */
public sealed interface UpdateRuleConfig extends Serializable {
  /** The value of {@code --optimizer}. */
  String label();

  /** The settings that a resumed run must share, by flag. */
  Map<String, String> recipe();

  /**
   * {@code adamw}.
   *
   * @param beta1 {@code --adam_beta1}
   * @param beta2 {@code --adam_beta2}
   * @param weightDecay {@code --adam_weight_decay}, decoupled
   * @param epsilon {@code --adam_epsilon}
   */
  record AdamW(double beta1, double beta2, double weightDecay, double epsilon)
      implements UpdateRuleConfig {
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
      Map<String, String> recipe = adam(this, beta1, beta2, weightDecay, epsilon);
      recipe.remove("optimizer");
      return recipe;
    }
  }

  /** {@code adamw8bit}: the numbers of {@link AdamW}. */
  record AdamW8bit(double beta1, double beta2, double weightDecay, double epsilon)
      implements UpdateRuleConfig {
    @Override
    public String label() {
      return "adamw8bit";
    }

    @Override
    public Map<String, String> recipe() {
      return adam(this, beta1, beta2, weightDecay, epsilon);
    }
  }

  /**
   * {@code adamw_schedulefree}.
   *
   * @param beta1 {@code --adam_beta1}, how far the gradients' place is from z to the average
   * @param beta2 {@code --adam_beta2}
   * @param weightDecay {@code --adam_weight_decay}, at the gradients' place
   * @param epsilon {@code --adam_epsilon}
   * @param warmupSteps {@code --schedulefree_warmup_steps}
   */
  record ScheduleFree(
      double beta1, double beta2, double weightDecay, double epsilon, long warmupSteps)
      implements UpdateRuleConfig {
    @Override
    public String label() {
      return "adamw_schedulefree";
    }

    @Override
    public Map<String, String> recipe() {
      Map<String, String> recipe = adam(this, beta1, beta2, weightDecay, epsilon);
      recipe.put("schedulefree_warmup_steps", String.valueOf(warmupSteps));
      return recipe;
    }
  }

  /**
   * {@code came}.
   *
   * @param beta1 {@code --adam_beta1}, of the momentum
   * @param beta2 {@code --adam_beta2}, of the mean squares
   * @param beta3 {@code --came_beta3}, of how far updates stray
   * @param weightDecay {@code --adam_weight_decay}, decoupled
   */
  record Came(double beta1, double beta2, double beta3, double weightDecay)
      implements UpdateRuleConfig {
    @Override
    public String label() {
      return "came";
    }

    @Override
    public Map<String, String> recipe() {
      Map<String, String> recipe = new TreeMap<>();
      recipe.put("optimizer", label());
      recipe.put("adam_beta1", String.valueOf(beta1));
      recipe.put("adam_beta2", String.valueOf(beta2));
      recipe.put("came_beta3", String.valueOf(beta3));
      recipe.put("adam_weight_decay", String.valueOf(weightDecay));
      return recipe;
    }
  }

  /**
   * {@code muon}.
   *
   * @param momentum {@code --muon_momentum}
   * @param beta1 {@code --adam_beta1}, of vectors
   * @param beta2 {@code --adam_beta2}, of vectors
   * @param weightDecay {@code --adam_weight_decay}, decoupled
   * @param epsilon {@code --adam_epsilon}, of vectors
   */
  record Muon(double momentum, double beta1, double beta2, double weightDecay, double epsilon)
      implements UpdateRuleConfig {
    @Override
    public String label() {
      return "muon";
    }

    @Override
    public Map<String, String> recipe() {
      Map<String, String> recipe = adam(this, beta1, beta2, weightDecay, epsilon);
      recipe.put("muon_momentum", String.valueOf(momentum));
      return recipe;
    }
  }

  /**
   * {@code lion}.
   *
   * @param beta1 {@code --adam_beta1}, the momentum's share of a step's direction
   * @param beta2 {@code --adam_beta2}, the momentum's decay
   * @param weightDecay {@code --adam_weight_decay}, decoupled
   */
  record Lion(double beta1, double beta2, double weightDecay) implements UpdateRuleConfig {
    @Override
    public String label() {
      return "lion";
    }

    @Override
    public Map<String, String> recipe() {
      Map<String, String> recipe = new TreeMap<>();
      recipe.put("optimizer", label());
      recipe.put("adam_beta1", String.valueOf(beta1));
      recipe.put("adam_beta2", String.valueOf(beta2));
      recipe.put("adam_weight_decay", String.valueOf(weightDecay));
      return recipe;
    }
  }

  /**
   * {@code adafactor}.
   *
   * @param weightDecay {@code --adam_weight_decay}, decoupled
   * @param scaleParameter {@code --adafactor_scale_parameter}: the rate times a tensor's root mean
   *     square
   * @param relativeStep {@code --adafactor_relative_step}: the rate falls with the root of the step
   *     instead of following the schedule
   * @param warmupInit {@code --adafactor_warmup_init}: the relative step rises from 1e-6
   */
  record Adafactor(
      double weightDecay, boolean scaleParameter, boolean relativeStep, boolean warmupInit)
      implements UpdateRuleConfig {
    @Override
    public String label() {
      return "adafactor";
    }

    @Override
    public Map<String, String> recipe() {
      Map<String, String> recipe = new TreeMap<>();
      recipe.put("optimizer", label());
      recipe.put("adam_weight_decay", String.valueOf(weightDecay));
      recipe.put("adafactor_scale_parameter", String.valueOf(scaleParameter));
      recipe.put("adafactor_relative_step", String.valueOf(relativeStep));
      recipe.put("adafactor_warmup_init", String.valueOf(warmupInit));
      return recipe;
    }
  }

  /**
   * {@code prodigy}.
   *
   * @param beta1 {@code --adam_beta1}
   * @param beta2 {@code --adam_beta2}
   * @param beta3 {@code --prodigy_beta3}, the decay of the distance's estimate
   * @param weightDecay {@code --adam_weight_decay}
   * @param epsilon {@code --adam_epsilon}
   * @param decouple {@code --prodigy_decouple}: weight decay as AdamW's, else added to the gradient
   * @param biasCorrection {@code --prodigy_use_bias_correction}
   * @param safeguardWarmup {@code --prodigy_safeguard_warmup}: the distance's denominator leaves
   *     the learning rate out
   * @param d0 {@code --prodigy_d0}, the first estimate
   * @param dCoef {@code --prodigy_d_coef}, the factor on every estimate
   * @param growthRate {@code --prodigy_growth_rate}, how much the estimate may grow in an update
   */
  record Prodigy(
      double beta1,
      double beta2,
      double beta3,
      double weightDecay,
      double epsilon,
      boolean decouple,
      boolean biasCorrection,
      boolean safeguardWarmup,
      double d0,
      double dCoef,
      double growthRate)
      implements UpdateRuleConfig {
    @Override
    public String label() {
      return "prodigy";
    }

    @Override
    public Map<String, String> recipe() {
      Map<String, String> recipe = adam(this, beta1, beta2, weightDecay, epsilon);
      recipe.put("prodigy_beta3", String.valueOf(beta3));
      recipe.put("prodigy_decouple", String.valueOf(decouple));
      recipe.put("prodigy_use_bias_correction", String.valueOf(biasCorrection));
      recipe.put("prodigy_safeguard_warmup", String.valueOf(safeguardWarmup));
      recipe.put("prodigy_d0", String.valueOf(d0));
      recipe.put("prodigy_d_coef", String.valueOf(dCoef));
      recipe.put("prodigy_growth_rate", String.valueOf(growthRate));
      return recipe;
    }
  }

  private static Map<String, String> adam(
      UpdateRuleConfig rule, double beta1, double beta2, double weightDecay, double epsilon) {
    Map<String, String> recipe = new TreeMap<>();
    recipe.put("optimizer", rule.label());
    recipe.put("adam_beta1", String.valueOf(beta1));
    recipe.put("adam_beta2", String.valueOf(beta2));
    recipe.put("adam_weight_decay", String.valueOf(weightDecay));
    recipe.put("adam_epsilon", String.valueOf(epsilon));
    return recipe;
  }
}
