package org.sparklora.train.optimizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Prodigy without a schedule and without momentum, as {@code prodigyplus.ProdigyPlusScheduleFree}:
 * the step size is Prodigy's estimate d (arXiv 2306.06101), and gradients are taken between z and
 * its average x (arXiv 2405.15682). d comes from each 11th value of z, with sums in bf16, as in the
 * package.
 */
final class ProdigyPlus implements UpdateRule {
  private static final String STEPPED = "z";
  private static final String SQUARES = "exp_avg_sq";
  private static final String ROWS = "exp_avg_sq_row";
  private static final String COLUMNS = "exp_avg_sq_col";
  private static final String SUM = "s";
  private static final String START = "p0";
  private static final String D = "d";
  private static final String D_NUMERATOR = "d_numerator";
  private static final String WEIGHT_SUM = "weight_sum";

  private static final int SLICE = 11;
  private static final double MOST_GROWTH = StrictMath.pow(2, 0.25);

  /**
   * A tensor and its places in the state.
   *
   * @param squaresAt index of its first square, unless it is large
   * @param sliceAt index of its first value among each 11th
   */
  private record Part(
      ParameterTensor tensor, Optional<AxisMeans.Large> large, int squaresAt, int sliceAt) {
    int sliced() {
      return (tensor.size() + SLICE - 1) / SLICE;
    }
  }

  private final UpdateRuleConfig.ProdigyPlus config;
  private final List<Part> parts;
  private final float[] stepped;
  private final float[] squares;
  private final AxisMeans means;
  private final float[] sum;
  private final float[] start;
  private double d;
  private double dNumerator;
  private double weightSum;

  ProdigyPlus(
      UpdateRuleConfig.ProdigyPlus config,
      List<ParameterTensor> tensors,
      float[] values,
      Optional<UpdateRuleState> saved) {
    this.config = config;
    List<Optional<AxisMeans.Large>> places =
        config.factored() ? AxisMeans.places(tensors) : List.of();
    parts = new ArrayList<>();
    int whole = 0;
    int sliced = 0;
    int rows = 0;
    int columns = 0;
    for (int i = 0; i < tensors.size(); i++) {
      Optional<AxisMeans.Large> large = config.factored() ? places.get(i) : Optional.empty();
      Part part = new Part(tensors.get(i), large, whole, sliced);
      parts.add(part);
      whole += large.isPresent() ? 0 : part.tensor.size();
      rows += large.map(AxisMeans.Large::rowCount).orElse(0);
      columns += large.map(AxisMeans.Large::columnCount).orElse(0);
      sliced += part.sliced();
    }
    UpdateRuleState state = saved.orElse(null);
    if (state == null) {
      stepped = values.clone();
      squares = new float[whole];
      means = new AxisMeans(new float[rows], new float[columns]);
      sum = new float[sliced];
      start = new float[sliced];
      parts.forEach(part -> slice(part, values));
      d = config.d0();
    } else {
      stepped = state.floats(STEPPED, values.length);
      squares = state.floats(SQUARES, whole);
      means = new AxisMeans(state.floats(ROWS, rows), state.floats(COLUMNS, columns));
      sum = state.floats(SUM, sliced);
      start = state.floats(START, sliced);
      d = state.number(D);
      dNumerator = state.number(D_NUMERATOR);
      weightSum = state.number(WEIGHT_SUM);
    }
  }

  private void slice(Part part, float[] values) {
    for (int i = 0; i < part.sliced(); i++) {
      start[part.sliceAt + i] = bf16(values[part.tensor.offset() + i * SLICE]);
    }
  }

  @Override
  public Update update(float[] parameters, float[] gradient, double learningRate, long number) {
    double rate = d * learningRate;
    weightSum += rate * rate;
    double share = weightSum == 0 ? 0 : rate * rate / weightSum;
    if (config.averaging() > 0) {
      share = Math.min(1, share * (1 - config.beta1()) * config.averaging());
    }
    double ofStepped = share;
    boolean estimates = config.steps() == 0 || number < config.steps();
    float scale = (float) (d * d / Math.sqrt(config.d0()));
    double[] progress = new double[parts.size()];
    double[] magnitudes = new double[parts.size()];
    float[] updated = new float[parameters.length];
    IntStream.range(0, parts.size())
        .parallel()
        .forEach(
            i -> {
              Part part = parts.get(i);
              direction(part, gradient, updated);
              if (estimates) {
                progress[i] = scale * progress(part, gradient);
                magnitudes[i] = magnitude(part, gradient, scale);
              }
              step(part, parameters, updated, rate, ofStepped);
            });
    if (estimates) {
      estimate(Arrays.stream(progress).sum(), Arrays.stream(magnitudes).sum());
    }
    return new Update(updated, rate);
  }

  /** Writes a tensor's gradient, divided by the root of its mean square, into the update. */
  private void direction(Part part, float[] gradient, float[] update) {
    float[] roots = roots(part, gradient);
    float epsilon = (float) (d * config.epsilon());
    float ofGradient = (float) d;
    int offset = part.tensor.offset();
    double total = 0;
    for (int i = 0; i < roots.length; i++) {
      float value = gradient[offset + i] * ofGradient / (roots[i] + epsilon);
      update[offset + i] = value;
      total += (double) value * value;
    }
    double rootMeanSquare = Math.sqrt(total / roots.length);
    if (config.clipped() && rootMeanSquare > 1) {
      float factor = (float) (1 / Math.sqrt(rootMeanSquare));
      for (int i = 0; i < roots.length; i++) {
        update[offset + i] *= factor;
      }
    }
  }

  private float[] roots(Part part, float[] gradient) {
    float keep = (float) config.beta2();
    float share = (float) ((1 - config.beta2()) * (d * d));
    if (part.large.isPresent()) {
      means.add(part.large.get(), gradient, keep, share);
      return means.roots(part.large.get());
    }
    float[] roots = new float[part.tensor.size()];
    for (int i = 0; i < roots.length; i++) {
      float g = gradient[part.tensor.offset() + i];
      float square = squares[part.squaresAt + i] * keep + share * g * g;
      squares[part.squaresAt + i] = square;
      roots[i] = (float) Math.sqrt(square);
    }
    return roots;
  }

  /** The progress of z along the gradient: {@code <g, p0 - z>}. */
  private double progress(Part part, float[] gradient) {
    double product = 0;
    for (int i = 0; i < part.sliced(); i++) {
      int at = part.tensor.offset() + i * SLICE;
      product += (double) gradient[at] * (start[part.sliceAt + i] - stepped[at]);
    }
    return product;
  }

  /** Adds a gradient to its running sum, and returns the sum's magnitude. */
  private float magnitude(Part part, float[] gradient, float scale) {
    float keep = (float) config.beta3();
    double magnitude = 0;
    for (int i = part.sliceAt; i < part.sliceAt + part.sliced(); i++) {
      float g = gradient[part.tensor.offset() + (i - part.sliceAt) * SLICE];
      sum[i] = bf16(bf16(sum[i] * keep) + scale * g);
      magnitude += Math.abs(sum[i]);
    }
    return bf16((float) magnitude);
  }

  /** The nearest number of bf16; of two the even one. */
  private static float bf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
  }

  /**
   * Moves z, and with it y. The update becomes the new y.
   *
   * @param share of z in the average
   */
  private void step(Part part, float[] parameters, float[] update, double rate, double share) {
    float decay = (float) config.weightDecay();
    float step = (float) -rate;
    float stepOfGiven = (float) (-rate * (1 - config.beta1() * (1 - share)));
    float toStepped = (float) share;
    for (int i = part.tensor.offset(); i < part.tensor.end(); i++) {
      float y = parameters[i];
      float direction = update[i] + decay * y;
      update[i] = ScheduleFree.between(y, stepped[i], toStepped) + stepOfGiven * direction;
      stepped[i] += step * direction;
    }
  }

  private void estimate(double progress, double magnitude) {
    dNumerator *= config.beta3();
    // Steps back at the start do not count, so that they need not be made good.
    if (d > config.d0() || progress > 0) {
      dNumerator += progress;
    }
    if (magnitude > 0) {
      double distance = dNumerator / magnitude;
      double limited = config.dLimiter() ? Math.min(d * MOST_GROWTH, distance) : distance;
      d = Math.max(d, limited * config.dCoef());
    }
  }

  /** The average x. */
  @Override
  public float[] used(float[] parameters) {
    return ScheduleFree.average(parameters, stepped, config.beta1());
  }

  @Override
  public UpdateRuleState state() {
    TreeMap<String, float[]> floats = new TreeMap<>();
    floats.put(STEPPED, stepped.clone());
    floats.put(SQUARES, squares.clone());
    floats.put(ROWS, means.rows().clone());
    floats.put(COLUMNS, means.columns().clone());
    floats.put(SUM, sum.clone());
    floats.put(START, start.clone());
    TreeMap<String, Double> numbers = new TreeMap<>();
    numbers.put(D, d);
    numbers.put(D_NUMERATOR, dNumerator);
    numbers.put(WEIGHT_SUM, weightSum);
    return new UpdateRuleState(floats, new TreeMap<>(), numbers);
  }
}
