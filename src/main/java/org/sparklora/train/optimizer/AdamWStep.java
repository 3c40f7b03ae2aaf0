package org.sparklora.train.optimizer;

import java.util.Arrays;

/**
 * One update of AdamW, with its constants rounded as in {@code torch.optim.AdamW}.
 *
 * @param keep factor that weight decay puts on a parameter
 * @param weight1 the gradient's share of the first moment
 * @param beta2 factor on the old second moment
 * @param weight2 the squared gradient's share of the second moment
 * @param root2 the root of the second moment's bias correction
 * @param stepSize learning rate over the first moment's bias correction
 */
record AdamWStep(
    float keep,
    float weight1,
    float beta2,
    float weight2,
    float root2,
    float epsilon,
    float stepSize) {

  /**
   * The constants of an update.
   *
   * @param number of the update, from 1
   */
  static AdamWStep of(UpdateRuleConfig.AdamW config, double learningRate, long number) {
    // StrictMath: the same bits on every JVM.
    double correction1 = 1 - StrictMath.pow(config.beta1(), (double) number);
    double correction2 = 1 - StrictMath.pow(config.beta2(), (double) number);
    return new AdamWStep(
        (float) (1 - learningRate * config.weightDecay()),
        (float) (1 - config.beta1()),
        (float) config.beta2(),
        (float) (1 - config.beta2()),
        (float) Math.sqrt(correction2),
        (float) config.epsilon(),
        (float) (learningRate / correction1));
  }

  /**
   * Updates a part of the parameters whose moments stand elsewhere in arrays of their own.
   *
   * @param momentsFrom first index in the moments
   */
  void apply(
      float[] parameters,
      float[] gradient,
      float[] updated,
      int from,
      int to,
      float[] firstMoment,
      float[] secondMoment,
      int momentsFrom) {
    int length = to - from;
    int momentsTo = momentsFrom + length;
    float[] p = Arrays.copyOfRange(parameters, from, to);
    float[] m = Arrays.copyOfRange(firstMoment, momentsFrom, momentsTo);
    float[] v = Arrays.copyOfRange(secondMoment, momentsFrom, momentsTo);
    apply(p, Arrays.copyOfRange(gradient, from, to), p, 0, length, m, v);
    System.arraycopy(p, 0, updated, from, length);
    System.arraycopy(m, 0, firstMoment, momentsFrom, length);
    System.arraycopy(v, 0, secondMoment, momentsFrom, length);
  }

  /**
   * Updates moments and parameters. All arrays have one index, for only such a loop becomes vector
   * instructions in Java 17.
   *
   * @param updated may be the array of the parameters
   * @param from first index; {@code to} is exclusive
   */
  void apply(
      float[] parameters,
      float[] gradient,
      float[] updated,
      int from,
      int to,
      float[] firstMoment,
      float[] secondMoment) {
    for (int i = from; i < to; i++) {
      float g = gradient[i];
      float first = firstMoment[i];
      float m = first + weight1 * (g - first);
      float v = secondMoment[i] * beta2 + weight2 * g * g;
      float denominator = (float) Math.sqrt(v) / root2 + epsilon;
      firstMoment[i] = m;
      secondMoment[i] = v;
      updated[i] = parameters[i] * keep - stepSize * m / denominator;
    }
  }
}
