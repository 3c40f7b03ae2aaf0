package org.sparklora.train.optimizer;

import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * CAME (Luo et al. 2023, arXiv 2307.02047), as {@code came_pytorch.CAME}: Adafactor's update with
 * momentum, divided by the root mean square deviation of updates from their running mean. Of both
 * squares, only means over rows and columns are kept.
 */
final class Came implements UpdateRule {
  private static final String MOMENTUM = "exp_avg";
  private static final String SQUARES = "exp_avg_sq";
  private static final String ROWS = "exp_avg_sq_row";
  private static final String COLUMNS = "exp_avg_sq_col";
  private static final String STRAYING_ROWS = "exp_avg_res_row";
  private static final String STRAYING_COLUMNS = "exp_avg_res_col";

  private static final float SQUARE_EPSILON = 1e-30f;
  private static final float STRAYING_EPSILON = 1e-16f;

  private final UpdateRuleConfig.Came config;
  private final List<ParameterTensor> vectors;
  private final FactoredMeans means;
  private final FactoredMeans straying;
  private final float[] momentum;

  /** Mean squares of the tensors that are not matrices. */
  private final float[] squares;

  Came(
      UpdateRuleConfig.Came config,
      List<ParameterTensor> tensors,
      int parameters,
      Optional<UpdateRuleState> saved) {
    this.config = config;
    vectors = tensors.stream().filter(tensor -> tensor.shape().length < 2).toList();
    List<FactoredMeans.Stack> matrices = FactoredMeans.stacks(tensors);
    int rows = FactoredMeans.rows(matrices);
    int columns = FactoredMeans.columns(matrices);
    int whole = ParameterTensor.total(vectors);
    UpdateRuleState state = saved.orElseGet(() -> initial(parameters, rows, columns, whole));
    momentum = state.floats(MOMENTUM, parameters);
    squares = state.floats(SQUARES, whole);
    means = new FactoredMeans(matrices, state.floats(ROWS, rows), state.floats(COLUMNS, columns));
    straying =
        new FactoredMeans(
            matrices, state.floats(STRAYING_ROWS, rows), state.floats(STRAYING_COLUMNS, columns));
  }

  private static UpdateRuleState initial(int parameters, int rows, int columns, int whole) {
    TreeMap<String, float[]> floats = new TreeMap<>();
    floats.put(MOMENTUM, new float[parameters]);
    floats.put(SQUARES, new float[whole]);
    floats.put(ROWS, new float[rows]);
    floats.put(COLUMNS, new float[columns]);
    floats.put(STRAYING_ROWS, new float[rows]);
    floats.put(STRAYING_COLUMNS, new float[columns]);
    return UpdateRuleState.of(floats);
  }

  @Override
  public Update update(float[] parameters, float[] gradient, double learningRate, long number) {
    float[] updated = new float[parameters.length];
    means.stacks().parallelStream()
        .forEach(
            stack -> {
              ofMatrix(stack, gradient, updated);
              step(stack.tensor(), parameters, updated, learningRate);
            });
    int at = 0;
    for (ParameterTensor vector : vectors) {
      ofVector(vector, at, gradient, updated);
      step(vector, parameters, updated, learningRate);
      at += vector.size();
    }
    return new Update(updated, learningRate);
  }

  private void ofMatrix(FactoredMeans.Stack stack, float[] gradient, float[] update) {
    means.divide(
        stack,
        i -> gradient[i] * gradient[i] + SQUARE_EPSILON,
        i -> gradient[i],
        update,
        (float) config.beta2(),
        (float) (1 - config.beta2()));
    takeMomentum(stack.tensor(), update);
    straying.divide(
        stack,
        i -> (update[i] - momentum[i]) * (update[i] - momentum[i]) + STRAYING_EPSILON,
        i -> momentum[i],
        update,
        (float) config.beta3(),
        (float) (1 - config.beta3()));
  }

  private void ofVector(ParameterTensor vector, int squaresAt, float[] gradient, float[] update) {
    float keep = (float) config.beta2();
    float share = (float) (1 - config.beta2());
    int shift = squaresAt - vector.offset();
    for (int i = vector.offset(); i < vector.end(); i++) {
      float mean = squares[i + shift] * keep + share * (gradient[i] * gradient[i] + SQUARE_EPSILON);
      squares[i + shift] = mean;
      update[i] = (float) (1 / Math.sqrt(mean)) * gradient[i];
    }
    takeMomentum(vector, update);
    System.arraycopy(momentum, vector.offset(), update, vector.offset(), vector.size());
  }

  /** Limits the root mean square of an update to 1, and adds it to the momentum. */
  private void takeMomentum(ParameterTensor tensor, float[] update) {
    int from = tensor.offset();
    int to = tensor.end();
    float bound = Math.max(1, FactoredMeans.rootMeanSquare(update, from, to));
    float keep = (float) config.beta1();
    float share = (float) (1 - config.beta1());
    for (int i = from; i < to; i++) {
      update[i] /= bound;
      momentum[i] = momentum[i] * keep + share * update[i];
    }
  }

  private void step(ParameterTensor tensor, float[] parameters, float[] update, double rate) {
    float decay = (float) (-config.weightDecay() * rate);
    for (int i = tensor.offset(); i < tensor.end(); i++) {
      float p = parameters[i] + decay * parameters[i];
      update[i] = p - update[i] * (float) rate;
    }
  }

  @Override
  public UpdateRuleState state() {
    UpdateRuleState state = initial(0, 0, 0, 0);
    state.floats().put(MOMENTUM, momentum.clone());
    state.floats().put(SQUARES, squares.clone());
    state.floats().put(ROWS, means.rows().clone());
    state.floats().put(COLUMNS, means.columns().clone());
    state.floats().put(STRAYING_ROWS, straying.rows().clone());
    state.floats().put(STRAYING_COLUMNS, straying.columns().clone());
    return state;
  }
}
