package org.sparklora.schedulers;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Pseudo linear multistep sampling, PLMS (Liu et al. 2022, arXiv 2202.09778), without the
 * Runge-Kutta start, as Stable Diffusion uses it. The second timestep is visited twice: the first
 * step is taken again with the mean of both outputs.
 */
final class PndmScheduler implements Scheduler {
  private final NoiseSchedule schedule;
  private final float finalAlpha;
  private final int stride;
  private final int[] timesteps;
  private final StepOrder order;

  /** Earlier outputs, the latest first; at most four with the current one. */
  private final Deque<float[]> outputs = new ArrayDeque<>();

  private float[] firstSample = {};

  PndmScheduler(JsonNode json, int steps) {
    ConfigValues values = new ConfigValues(json);
    SchedulerConfig config = SchedulerConfig.read("PNDMScheduler", values);
    if (!values.flag("skip_prk_steps", false)) {
      values.unsupported("skip_prk_steps", "set it to true, as Stable Diffusion does");
    }
    if (config.predictionType() == PredictionType.SAMPLE) {
      values.unsupported("prediction_type", "PNDM takes epsilon or v_prediction");
    }
    boolean endsClean = values.flag("set_alpha_to_one", false);
    TimestepSpacing spacing = values.choice("timestep_spacing", TimestepSpacing.LEADING);
    int offset = values.integer("steps_offset", 0);
    values.check();
    // PNDM has no rescale_betas_zero_snr in diffusers: it divides by the signal.
    schedule = NoiseSchedule.of(config.withoutRescaling());
    finalAlpha = endsClean ? 1 : schedule.alphaCumprod(0);
    int trained = config.trainTimesteps();
    stride = trained / steps;
    timesteps =
        secondTwice(
            TimestepSpacing.requireInside(spacing.wholeTimesteps(trained, steps, offset), trained));
    order = new StepOrder(timesteps.length);
  }

  private static int[] secondTwice(int[] once) {
    if (once.length < 2) {
      return once;
    }
    int[] timesteps = new int[once.length + 1];
    timesteps[0] = once[0];
    System.arraycopy(once, 1, timesteps, 2, once.length - 1);
    timesteps[1] = once[1];
    return timesteps;
  }

  @Override
  public float[] timesteps() {
    return TimestepSpacing.floats(timesteps);
  }

  @Override
  public void startAt(int index) {
    order.startAt(index);
  }

  @Override
  public float[] addNoise(float[] original, float[] noise, int index) {
    return schedule.noisy(original, noise, timesteps[index]);
  }

  @Override
  public float[] step(float[] modelOutput, int index, float[] sample, NoiseSource noise) {
    order.take(index);
    int t = timesteps[index];
    int taken = order.taken(index);
    if (taken == 0) {
      outputs.push(modelOutput);
      firstSample = sample;
      return transfer(sample, t, t - stride, modelOutput);
    }
    if (taken == 1) {
      float[] mean = combine(0.5f, new int[] {1, 1}, modelOutput, outputs.peek());
      return transfer(firstSample, t + stride, t, mean);
    }
    outputs.push(modelOutput);
    if (outputs.size() > 4) {
      outputs.removeLast();
    }
    return transfer(sample, t, t - stride, extrapolated());
  }

  /** Adams-Bashforth over the outputs so far. */
  private float[] extrapolated() {
    float[][] latest = outputs.toArray(float[][]::new);
    return switch (latest.length) {
      case 2 -> combine(1 / 2f, new int[] {3, -1}, latest);
      case 3 -> combine(1 / 12f, new int[] {23, -16, 5}, latest);
      default -> combine(1 / 24f, new int[] {55, -59, 37, -9}, latest);
    };
  }

  private static float[] combine(float factor, int[] weights, float[]... outputs) {
    float[] sum = new float[outputs[0].length];
    for (int i = 0; i < sum.length; i++) {
      float value = 0;
      for (int k = 0; k < weights.length; k++) {
        value += weights[k] * outputs[k][i];
      }
      sum[i] = factor * value;
    }
    return sum;
  }

  /** Moves the sample from timestep {@code t} to {@code previous} (equation 9). */
  private float[] transfer(float[] sample, int t, int previous, float[] modelOutput) {
    float from = schedule.alphaCumprod(t);
    float to = previous >= 0 ? schedule.alphaCumprod(previous) : finalAlpha;
    float[] epsilon =
        Prediction.of(
                schedule.predictionType(),
                modelOutput,
                sample,
                schedule.signal(t),
                schedule.noise(t))
            .epsilon();
    float sampleFactor = (float) Math.sqrt(to / from);
    float denominator =
        from * (float) Math.sqrt(1 - to) + (float) Math.sqrt(from * (1 - from) * to);
    float[] moved = new float[sample.length];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = sampleFactor * sample[i] - (to - from) * epsilon[i] / denominator;
    }
    return moved;
  }
}
