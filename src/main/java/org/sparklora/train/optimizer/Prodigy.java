package org.sparklora.train.optimizer;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Prodigy (Mishchenko and Defazio 2023, arXiv 2306.06101) in its variant for Adam, as {@code
 * prodigyopt.Prodigy}. The step size is an estimate d of the distance to the solution, which only
 * grows. Sums over the whole adapter are taken in double.
 */
final class Prodigy implements UpdateRule {
  private static final String FIRST_MOMENT = "exp_avg";
  private static final String SECOND_MOMENT = "exp_avg_sq";
  private static final String SUM = "s";
  private static final String START = "p0";
  private static final String D = "d";
  private static final String D_MAX = "d_max";
  private static final String D_NUMERATOR = "d_numerator";
  private static final String UPDATES = "k";

  private final UpdateRuleConfig.Prodigy config;
  private final float[] firstMoment;
  private final float[] secondMoment;
  private final float[] sum;
  private final float[] start;
  private double d;
  private double dMax;
  private double dNumerator;
  private long updates;

  Prodigy(UpdateRuleConfig.Prodigy config, UpdateRuleState state, int parameters) {
    this.config = config;
    firstMoment = state.floats(FIRST_MOMENT, parameters);
    secondMoment = state.floats(SECOND_MOMENT, parameters);
    sum = state.floats(SUM, parameters);
    start = state.floats(START, parameters);
    d = state.number(D);
    dMax = state.number(D_MAX);
    dNumerator = state.number(D_NUMERATOR);
    updates = (long) state.number(UPDATES);
  }

  static UpdateRuleState initial(UpdateRuleConfig.Prodigy config, float[] start) {
    int n = start.length;
    return state(
        new float[n], new float[n], new float[n], start.clone(), config.d0(), config.d0(), 0, 0);
  }

  /**
   * An update with a learning rate of zero, or with a zero gradient, changes nothing, as in
   * prodigyopt.
   */
  @Override
  public Update update(float[] parameters, float[] gradient, double learningRate, long number) {
    double before = d;
    double rate = d * learningRate * biasCorrection();
    float[] g = config.decouple() ? gradient : withDecay(gradient, parameters);
    if (learningRate == 0) {
      return new Update(parameters.clone(), 0);
    }
    double scale = d / config.d0();
    double numerator = config.beta3() * dNumerator + scale * rate * progress(g, parameters);
    accumulate(g, scale * (config.safeguardWarmup() ? d : rate));
    double denominator = Chunks.sum(sum.length, (from, to) -> magnitude(sum, from, to));
    if (denominator == 0) {
      return new Update(parameters.clone(), before * learningRate);
    }
    estimate(config.dCoef() * numerator / denominator);
    dNumerator = numerator;
    updates++;
    return new Update(step(parameters, rate), before * learningRate);
  }

  private double biasCorrection() {
    if (!config.biasCorrection()) {
      return 1;
    }
    double k = updates + 1.0;
    return Math.sqrt(1 - StrictMath.pow(config.beta2(), k))
        / (1 - StrictMath.pow(config.beta1(), k));
  }

  private float[] withDecay(float[] gradient, float[] parameters) {
    float decay = (float) config.weightDecay();
    float[] sum = new float[gradient.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = gradient[i] + decay * parameters[i];
    }
    return sum;
  }

  /** The adapter's progress along the gradient: {@code <g, p0 - p>}. */
  private double progress(float[] gradient, float[] parameters) {
    return Chunks.sum(
        gradient.length,
        (from, to) -> {
          double product = 0;
          for (int i = from; i < to; i++) {
            product += (double) gradient[i] * (start[i] - parameters[i]);
          }
          return product;
        });
  }

  private void accumulate(float[] gradient, double share) {
    float beta1 = (float) config.beta1();
    float weight1 = (float) (d * (1 - config.beta1()));
    float beta2 = (float) config.beta2();
    float weight2 = (float) (d * d * (1 - config.beta2()));
    float beta3 = (float) config.beta3();
    float weight3 = (float) share;
    Chunks.forEach(
        gradient.length,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            float g = gradient[i];
            firstMoment[i] = firstMoment[i] * beta1 + weight1 * g;
            secondMoment[i] = secondMoment[i] * beta2 + weight2 * g * g;
            sum[i] = sum[i] * beta3 + weight3 * g;
          }
        });
  }

  private static double magnitude(float[] values, int from, int to) {
    double magnitude = 0;
    for (int i = from; i < to; i++) {
      magnitude += Math.abs(values[i]);
    }
    return magnitude;
  }

  private void estimate(double dHat) {
    if (d == config.d0()) {
      d = Math.max(d, dHat);
    }
    dMax = Math.max(dMax, dHat);
    d = Math.min(dMax, d * config.growthRate());
  }

  private float[] step(float[] parameters, double rate) {
    float epsilon = (float) (d * config.epsilon());
    float decay = (float) (config.decouple() ? -config.weightDecay() * rate : 0);
    float stepSize = (float) -rate;
    float[] updated = new float[parameters.length];
    Chunks.forEach(
        updated.length,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            float denominator = (float) Math.sqrt(secondMoment[i]) + epsilon;
            float p = parameters[i] + decay * parameters[i];
            updated[i] = p + stepSize * firstMoment[i] / denominator;
          }
        });
    return updated;
  }

  @Override
  public UpdateRuleState state() {
    return state(
        firstMoment.clone(),
        secondMoment.clone(),
        sum.clone(),
        start.clone(),
        d,
        dMax,
        dNumerator,
        updates);
  }

  private static UpdateRuleState state(
      float[] firstMoment,
      float[] secondMoment,
      float[] sum,
      float[] start,
      double d,
      double dMax,
      double dNumerator,
      long updates) {
    SortedMap<String, float[]> floats = new TreeMap<>();
    floats.put(FIRST_MOMENT, firstMoment);
    floats.put(SECOND_MOMENT, secondMoment);
    floats.put(SUM, sum);
    floats.put(START, start);
    SortedMap<String, Double> numbers = new TreeMap<>();
    numbers.put(D, d);
    numbers.put(D_MAX, dMax);
    numbers.put(D_NUMERATOR, dNumerator);
    numbers.put(UPDATES, (double) updates);
    return new UpdateRuleState(floats, new TreeMap<>(), numbers);
  }
}
