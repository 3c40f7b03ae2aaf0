package org.sparklora.train.objective;

import java.util.Arrays;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.util.InvalidInputException;

/** Draws timesteps from a range, evenly, with a bias, or by the logit-normal distribution. */
final class TimestepSampler {
  private final TimestepConfig config;
  private final int max;

  /** Cumulative probabilities; empty if all timesteps have the same probability. */
  private final double[] cumulative;

  /**
   * @param trainTimesteps of the schedule
   * @throws InvalidInputException (CONFIGURATION) when the range or the bias does not fit the
   *     schedule
   */
  TimestepSampler(TimestepConfig config, int trainTimesteps) {
    this.config = config;
    this.max = Math.min(config.max(), trainTimesteps);
    require(
        config.max() == TimestepConfig.LAST || config.max() <= trainTimesteps,
        "--max_timestep",
        config.max(),
        "the base model has " + trainTimesteps + " timesteps");
    require(
        config.min() >= 0 && config.min() < max,
        "--min_timestep",
        config.min(),
        "it must be from 0 to below --max_timestep, " + max);
    require(
        config.bias() != TimestepConfig.Bias.RANGE || config.biasEnd() <= trainTimesteps,
        "--timestep_bias_end",
        config.biasEnd(),
        "the base model has " + trainTimesteps + " timesteps");
    boolean even = config.bias() == TimestepConfig.Bias.NONE;
    this.cumulative = even ? new double[0] : weights(trainTimesteps);
    for (int t = 1; t < cumulative.length; t++) {
      cumulative[t] += cumulative[t - 1];
    }
  }

  private static void require(boolean holds, String flag, int value, String rule) {
    if (!holds) {
      throw InvalidInputException.configuration("Invalid " + flag + ": " + value + "; " + rule);
    }
  }

  /** The relative frequency of each timestep, as in diffusers' generate_timestep_weights. */
  private double[] weights(int trainTimesteps) {
    int portion = (int) (config.biasPortion() * trainTimesteps);
    int from = 0;
    int to = trainTimesteps;
    switch (config.bias()) {
      case NONE -> {}
      case EARLIER -> to = portion;
      case LATER -> from = trainTimesteps - portion;
      case RANGE -> {
        from = config.biasBegin();
        to = config.biasEnd();
      }
    }
    double[] weights = new double[trainTimesteps];
    Arrays.fill(weights, config.min(), max, 1);
    for (int t = Math.max(from, config.min()); t < Math.min(to, max); t++) {
      weights[t] = config.biasMultiplier();
    }
    return weights;
  }

  /** The probability of a timestep, if drawing is not logit-normal. */
  double chance(int t) {
    if (cumulative.length == 0) {
      return t >= config.min() && t < max ? 1.0 / (max - config.min()) : 0;
    }
    double weight = t == 0 ? cumulative[0] : cumulative[t] - cumulative[t - 1];
    return weight / cumulative[cumulative.length - 1];
  }

  /** Whether a timestep is ever drawn. */
  boolean canDraw(int t) {
    return t >= config.min() && t < max;
  }

  /** Draws a timestep from the first numbers of a stream. */
  int draw(KeyedRandom random) {
    int count = max - config.min();
    if (config.sampling() == TimestepConfig.Sampling.LOGIT_NORMAL) {
      double logit = config.logitMean() + config.logitStd() * random.normals(1)[0];
      double share = 1 / (1 + StrictMath.exp(-logit));
      return config.min() + Math.min((int) (share * count), count - 1);
    }
    if (cumulative.length == 0) {
      return config.min() + (int) random.below(count);
    }
    double drawn = random.uniform() * cumulative[cumulative.length - 1];
    int found = Arrays.binarySearch(cumulative, drawn);
    int above = found >= 0 ? found + 1 : -found - 1;
    // A border value belongs to the next timestep that can be drawn.
    while (chance(above) == 0) {
      above++;
    }
    return above;
  }
}
