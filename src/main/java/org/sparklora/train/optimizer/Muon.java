package org.sparklora.train.optimizer;

import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Muon (Jordan 2024) on matrices, as {@code torch.optim.Muon}, and AdamW on vectors. A matrix moves
 * along its momentum, whose singular values are all brought near to 1. A convolution's tensor
 * counts as a matrix with one row for each index of its first dimension. What torch computes in
 * bf16 is computed in double here.
 */
final class Muon implements UpdateRule {
  private static final String MOMENTUM = "momentum_buffer";

  private final UpdateRuleConfig.Muon config;
  private final List<ParameterTensor> matrices;
  private final List<ParameterTensor> vectors;
  private final float[] momentum;
  private final float[] firstMoment;
  private final float[] secondMoment;

  Muon(
      UpdateRuleConfig.Muon config,
      List<ParameterTensor> tensors,
      int parameters,
      Optional<UpdateRuleState> saved) {
    this.config = config;
    matrices = tensors.stream().filter(tensor -> tensor.shape().length >= 2).toList();
    vectors = tensors.stream().filter(tensor -> tensor.shape().length < 2).toList();
    int ofVectors = ParameterTensor.total(vectors);
    UpdateRuleState state =
        saved.orElseGet(
            () -> state(new float[parameters], new float[ofVectors], new float[ofVectors]));
    momentum = state.floats(MOMENTUM, parameters);
    firstMoment = state.floats(AdamW.FIRST_MOMENT, ofVectors);
    secondMoment = state.floats(AdamW.SECOND_MOMENT, ofVectors);
  }

  @Override
  public Update update(float[] parameters, float[] gradient, double learningRate, long number) {
    float[] updated = new float[parameters.length];
    matrices.parallelStream()
        .forEach(matrix -> update(matrix, parameters, gradient, updated, learningRate));
    AdamWStep step =
        AdamWStep.of(
            new UpdateRuleConfig.AdamW(
                config.beta1(), config.beta2(), config.weightDecay(), config.epsilon()),
            learningRate,
            number);
    int at = 0;
    for (ParameterTensor vector : vectors) {
      int from = vector.offset();
      step.apply(parameters, gradient, updated, from, vector.end(), firstMoment, secondMoment, at);
      at += vector.size();
    }
    return new Update(updated, learningRate);
  }

  private void update(
      ParameterTensor matrix, float[] parameters, float[] gradient, float[] updated, double rate) {
    int rows = (int) matrix.shape()[0];
    int columns = matrix.size() / rows;
    int from = matrix.offset();
    double[] direction = new double[matrix.size()];
    float share = (float) (1 - config.momentum());
    for (int i = from; i < matrix.end(); i++) {
      float mean = momentum[i] + share * (gradient[i] - momentum[i]);
      momentum[i] = mean;
      direction[i - from] = mean - (mean - gradient[i]) * share; // Nesterov's look ahead
    }
    double[] step = NewtonSchulz.orthogonal(direction, rows, columns);
    float keep = (float) (1 - rate * config.weightDecay());
    double stepSize = rate * Math.sqrt(Math.max(1, rows / (double) columns));
    for (int i = from; i < matrix.end(); i++) {
      updated[i] = (float) (parameters[i] * keep - stepSize * step[i - from]);
    }
  }

  @Override
  public UpdateRuleState state() {
    return state(momentum.clone(), firstMoment.clone(), secondMoment.clone());
  }

  private static UpdateRuleState state(float[] momentum, float[] first, float[] second) {
    TreeMap<String, float[]> floats = new TreeMap<>();
    floats.put(MOMENTUM, momentum);
    floats.put(AdamW.FIRST_MOMENT, first);
    floats.put(AdamW.SECOND_MOMENT, second);
    return UpdateRuleState.of(floats);
  }
}
