package org.sparklora.train.optimizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Adafactor (Shazeer and Stern 2018, arXiv 1804.04235) as {@code transformers.Adafactor} with its
 * other settings at their defaults. Of the squared gradients only running means over the rows and
 * columns of each matrix are kept. The root mean square of an update is at most 1. There is no
 * momentum. Sums are taken in double.
 *
 * <p>A convolution's tensor is a stack of matrices over its last two dimensions, as in
 * transformers.
 */
final class Adafactor implements UpdateRule {
  private static final String ROWS = "exp_avg_sq_row";
  private static final String COLUMNS = "exp_avg_sq_col";
  private static final String WHOLE = "exp_avg_sq";

  private static final double DECAY_RATE = -0.8;
  private static final float SQUARE_EPSILON = 1e-30f;
  private static final double SCALE_EPSILON = 1e-3;

  private final UpdateRuleConfig.Adafactor config;
  private final FactoredMeans means;
  private final List<WholeTensor> vectors = new ArrayList<>();
  private final float[] whole;

  /** A vector, and the index at which its mean squares begin. */
  private record WholeTensor(ParameterTensor tensor, int at) {}

  Adafactor(
      UpdateRuleConfig.Adafactor config,
      List<ParameterTensor> tensors,
      Optional<UpdateRuleState> saved) {
    this.config = config;
    int wholeCount = 0;
    for (ParameterTensor tensor : tensors) {
      if (tensor.shape().length < 2) {
        vectors.add(new WholeTensor(tensor, wholeCount));
        wholeCount += tensor.size();
      }
    }
    List<FactoredMeans.Stack> matrices = FactoredMeans.stacks(tensors);
    int rows = FactoredMeans.rows(matrices);
    int columns = FactoredMeans.columns(matrices);
    UpdateRuleState state = saved.orElse(initial(rows, columns, wholeCount));
    means = new FactoredMeans(matrices, state.floats(ROWS, rows), state.floats(COLUMNS, columns));
    whole = state.floats(WHOLE, wholeCount);
  }

  private static UpdateRuleState initial(int rows, int columns, int whole) {
    TreeMap<String, float[]> floats = new TreeMap<>();
    floats.put(ROWS, new float[rows]);
    floats.put(COLUMNS, new float[columns]);
    floats.put(WHOLE, new float[whole]);
    return UpdateRuleState.of(floats);
  }

  @Override
  public Update update(float[] parameters, float[] gradient, double learningRate, long number) {
    double rate = config.relativeStep() ? relativeStep(number) : learningRate;
    double beta2 = 1 - StrictMath.pow((double) number, DECAY_RATE);
    float[] updated = new float[parameters.length];
    means.stacks().parallelStream()
        .forEach(
            stack -> {
              means.divide(
                  stack,
                  i -> gradient[i] * gradient[i] + SQUARE_EPSILON,
                  i -> gradient[i],
                  updated,
                  (float) beta2,
                  (float) (1 - beta2));
              step(stack.tensor(), parameters, updated, rate);
            });
    vectors.parallelStream()
        .forEach(
            vector -> {
              precondition(vector, gradient, updated, (float) beta2, (float) (1 - beta2));
              step(vector.tensor(), parameters, updated, rate);
            });
    return new Update(updated, rate);
  }

  private double relativeStep(long number) {
    double most = config.warmupInit() ? 1e-6 * number : 1e-2;
    return Math.min(most, 1 / Math.sqrt((double) number));
  }

  private void precondition(
      WholeTensor vector, float[] gradient, float[] update, float keep, float share) {
    int shift = vector.at() - vector.tensor().offset();
    for (int i = vector.tensor().offset(); i < vector.tensor().end(); i++) {
      float square = gradient[i] * gradient[i] + SQUARE_EPSILON;
      float mean = whole[i + shift] * keep + share * square;
      whole[i + shift] = mean;
      update[i] = (float) (1 / Math.sqrt(mean)) * gradient[i];
    }
  }

  /**
   * Applies an update to the parameters: first weight decay, then the bounded update times the
   * learning rate.
   */
  private void step(ParameterTensor tensor, float[] parameters, float[] update, double rate) {
    int from = tensor.offset();
    int to = tensor.end();
    double scale =
        config.scaleParameter()
            ? Math.max(SCALE_EPSILON, FactoredMeans.rootMeanSquare(parameters, from, to))
            : 1;
    double tensorRate = scale * rate;
    float bound = Math.max(1, FactoredMeans.rootMeanSquare(update, from, to));
    float decay = (float) (-config.weightDecay() * tensorRate);
    for (int i = from; i < to; i++) {
      float p = parameters[i] + decay * parameters[i];
      update[i] = p - update[i] / bound * (float) tensorRate;
    }
  }

  @Override
  public UpdateRuleState state() {
    UpdateRuleState state = initial(0, 0, 0);
    state.floats().put(ROWS, means.rows().clone());
    state.floats().put(COLUMNS, means.columns().clone());
    state.floats().put(WHOLE, whole.clone());
    return state;
  }
}
