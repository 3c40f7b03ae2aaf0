package org.sparklora.train.optimizer;

import java.util.Map;
import java.util.TreeMap;

/**
 * AdamW without a schedule (Defazio et al. 2024, arXiv 2405.15682), as {@code
 * schedulefree.AdamWScheduleFree}. Gradients are taken at y, between the sequence z that the steps
 * move and its running average x. The adapter to use is the average.
 */
final class ScheduleFree implements UpdateRule {
  private static final String STEPPED = "z";
  private static final String SECOND_MOMENT = "exp_avg_sq";
  private static final String WEIGHT_SUM = "weight_sum";
  private static final String HIGHEST_RATE = "lr_max";

  private final UpdateRuleConfig.ScheduleFree config;
  private final float[] stepped;
  private final float[] secondMoment;
  private double weightSum;
  private double highestRate;

  ScheduleFree(UpdateRuleConfig.ScheduleFree config, UpdateRuleState state, int parameters) {
    this.config = config;
    stepped = state.floats(STEPPED, parameters);
    secondMoment = state.floats(SECOND_MOMENT, parameters);
    weightSum = state.number(WEIGHT_SUM);
    highestRate = state.number(HIGHEST_RATE);
  }

  static UpdateRuleState initial(float[] start) {
    return state(start.clone(), new float[start.length], 0, -1);
  }

  @Override
  public Update update(float[] parameters, float[] gradient, double learningRate, long number) {
    double warmth = Math.min(1, number / Math.max(1, (double) config.warmupSteps()));
    double rate = learningRate * warmth;
    highestRate = Math.max(rate, highestRate);
    double weight = highestRate * highestRate;
    weightSum += weight;
    double share = weightSum == 0 ? 0 : weight / weightSum;
    float beta2 = (float) config.beta2();
    float weight2 = (float) (1 - config.beta2());
    float correction2 = (float) (1 - StrictMath.pow(config.beta2(), (double) number));
    float epsilon = (float) config.epsilon();
    float decay = (float) config.weightDecay();
    float toStepped = (float) share;
    float ofGradient = (float) (rate * (config.beta1() * (1 - share) - 1));
    float step = (float) -rate;
    float[] updated = new float[parameters.length];
    Chunks.forEach(
        updated.length,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            float g = gradient[i];
            float y = parameters[i];
            float v = secondMoment[i] * beta2 + weight2 * g * g;
            secondMoment[i] = v;
            float direction = g / ((float) Math.sqrt(v / correction2) + epsilon);
            direction += decay * y;
            updated[i] = between(y, stepped[i], toStepped) + ofGradient * direction;
            stepped[i] += step * direction;
          }
        });
    return new Update(updated, rate);
  }

  /** The average x, which lies on the line through y and z. */
  @Override
  public float[] used(float[] parameters) {
    return average(parameters, stepped, config.beta1());
  }

  /** The average x of y and z. */
  static float[] average(float[] parameters, float[] stepped, double beta1) {
    float weight = (float) (1 - 1 / beta1);
    float[] average = new float[parameters.length];
    for (int i = 0; i < average.length; i++) {
      average[i] = between(parameters[i], stepped[i], weight);
    }
    return average;
  }

  /** Interpolates like {@code torch.lerp}, which starts from the nearer end. */
  static float between(float from, float to, float weight) {
    return Math.abs(weight) < 0.5f ? from + weight * (to - from) : to - (to - from) * (1 - weight);
  }

  @Override
  public UpdateRuleState state() {
    return state(stepped.clone(), secondMoment.clone(), weightSum, highestRate);
  }

  private static UpdateRuleState state(
      float[] stepped, float[] secondMoment, double weightSum, double highestRate) {
    return new UpdateRuleState(
        new TreeMap<>(Map.of(STEPPED, stepped, SECOND_MOMENT, secondMoment)),
        new TreeMap<>(),
        new TreeMap<>(Map.of(WEIGHT_SUM, weightSum, HIGHEST_RATE, highestRate)));
  }
}
