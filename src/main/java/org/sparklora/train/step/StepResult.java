package org.sparklora.train.step;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The result of one optimizer step.
 *
 * @param step the step's number, from 0
 * @param loss mean loss over the micro-batches
 * @param gradientNorm global L2 norm before clipping
 * @param learningRates of the groups that it trained, by name, in the groups' order
 * @param lossScale the factor on the loss before backward; 1 outside fp16
 * @param skipped whether the gradient was not finite, so that only the loss scale changed
 */
public record StepResult(
    long step,
    double loss,
    double gradientNorm,
    Map<String, Double> learningRates,
    float lossScale,
    boolean skipped) {

  public StepResult {
    learningRates = Collections.unmodifiableMap(new LinkedHashMap<>(learningRates));
  }

  /** A step of an adapter that is one group. */
  public StepResult(
      long step,
      double loss,
      double gradientNorm,
      double learningRate,
      float lossScale,
      boolean skipped) {
    this(step, loss, gradientNorm, Map.of("adapter", learningRate), lossScale, skipped);
  }

  /** The learning rate of the first group that it trained; 0 if it trained none. */
  public double learningRate() {
    return learningRates.values().stream().findFirst().orElse(0.0);
  }
}
