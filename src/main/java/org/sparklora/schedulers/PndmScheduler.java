package org.sparklora.schedulers;

import java.util.ArrayDeque;
import java.util.Deque;
import org.sparklora.schedulers.noise.ConfigValues;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.PredictionType;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.schedulers.run.TimestepRun;
import org.sparklora.schedulers.run.TimestepSpacing;
import org.sparklora.util.InvalidInputException;

/**
 * Pseudo linear multistep sampling (Liu et al. 2022, arXiv 2202.09778). It begins with three pseudo
 * Runge-Kutta steps of four model calls each. With {@code skip_prk_steps}, as in Stable Diffusion,
 * it visits the second timestep twice instead: the first step is taken again with the mean of both
 * outputs.
 */
final class PndmScheduler implements TimestepScheduler {
  private static final int RUNGE_KUTTA_CALLS = 12;

  private final TimestepRun run;
  private final float finalAlpha;
  private final boolean skipsRungeKutta;
  private final int stride;

  /** Earlier outputs, the latest first; at most four with the current one. */
  private final Deque<float[]> outputs = new ArrayDeque<>();

  private float[] firstSample = {};

  /** The mean of the outputs of a Runge-Kutta step. */
  private float[] mean = {};

  PndmScheduler(ConfigValues values, int steps) {
    SchedulerConfig config = SchedulerConfig.read("PNDMScheduler", values);
    skipsRungeKutta = values.flag("skip_prk_steps", false);
    values.require(
        skipsRungeKutta || steps >= 4,
        "Invalid number of sampling steps: "
            + steps
            + "; PNDM with skip_prk_steps false needs at least 4; set it to true, as Stable"
            + " Diffusion does.");
    if (config.predictionType() == PredictionType.SAMPLE) {
      values.unsupported("prediction_type", "PNDM takes epsilon or v_prediction");
    }
    boolean endsClean = values.flag("set_alpha_to_one", false);
    TimestepSpacing spacing = values.choice("timestep_spacing", TimestepSpacing.LEADING);
    int offset = values.integer("steps_offset", 0);
    values.check();
    // PNDM has no rescale_betas_zero_snr in diffusers: it divides by the signal.
    NoiseSchedule schedule = NoiseSchedule.of(config.withRescaling(false));
    finalAlpha = endsClean ? 1 : schedule.alphaCumprod(0);
    int trained = config.trainTimesteps();
    stride = trained / steps;
    int[] once = spacing.wholeTimesteps(trained, steps, offset);
    int[] timesteps = skipsRungeKutta ? secondTwice(once) : rungeKuttaFirst(once, stride / 2);
    run = new TimestepRun(schedule, TimestepSpacing.requireInside(timesteps, trained));
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

  /**
   * The timesteps of Runge-Kutta steps: for each of the first three the timestep itself, twice
   * halfway to the next, and the next.
   */
  private static int[] rungeKuttaFirst(int[] once, int half) {
    int[] timesteps = new int[RUNGE_KUTTA_CALLS + once.length - 3];
    for (int k = 0; k < 3; k++) {
      timesteps[4 * k] = once[k];
      timesteps[4 * k + 1] = once[k + 1] + half;
      timesteps[4 * k + 2] = once[k + 1] + half;
      timesteps[4 * k + 3] = once[k + 1];
    }
    System.arraycopy(once, 3, timesteps, RUNGE_KUTTA_CALLS, once.length - 3);
    return timesteps;
  }

  @Override
  public TimestepRun run() {
    return run;
  }

  @Override
  public void startAt(int index) {
    if (index > 0 && !skipsRungeKutta) {
      throw InvalidInputException.configuration(
          "Unsupported skip_prk_steps in scheduler_config.json: false, for a run that begins at a"
              + " later step; set it to true, as Stable Diffusion does.");
    }
    run.order().startAt(index);
  }

  @Override
  public float[] step(float[] modelOutput, int index, float[] sample, NoiseSource noise) {
    run.order().take(index);
    int t = run.timesteps()[index];
    int taken = run.order().taken(index);
    if (!skipsRungeKutta) {
      return index < RUNGE_KUTTA_CALLS
          ? rungeKutta(modelOutput, index, sample)
          : multistep(modelOutput, t, sample);
    }
    if (taken == 0) {
      outputs.push(modelOutput);
      firstSample = sample;
      return transfer(sample, t, t - stride, modelOutput);
    }
    if (taken == 1) {
      float[] mean = combine(0.5f, new int[] {1, 1}, modelOutput, outputs.peek());
      return transfer(firstSample, t + stride, t, mean);
    }
    return multistep(modelOutput, t, sample);
  }

  private float[] multistep(float[] modelOutput, int t, float[] sample) {
    outputs.push(modelOutput);
    if (outputs.size() > 4) {
      outputs.removeLast();
    }
    return transfer(sample, t, t - stride, extrapolated());
  }

  /**
   * One of the four calls of a pseudo Runge-Kutta step (equation 13). Each starts from the step's
   * beginning.
   */
  private float[] rungeKutta(float[] modelOutput, int index, float[] sample) {
    int call = index % 4;
    if (call == 0) {
      outputs.push(modelOutput);
      firstSample = sample;
      mean = new float[sample.length];
    }
    float weight = call == 0 || call == 3 ? 1 / 6f : 1 / 3f;
    for (int i = 0; i < mean.length; i++) {
      mean[i] += weight * modelOutput[i];
    }
    int from = run.timesteps()[index - call];
    int to = call % 2 == 0 ? run.timesteps()[index] - stride / 2 : run.timesteps()[index];
    return transfer(firstSample, from, to, call == 3 ? mean : modelOutput);
  }

  /** The Adams-Bashforth combination of the outputs so far. */
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
    float from = run.schedule().alphaCumprod(t);
    float to = previous >= 0 ? run.schedule().alphaCumprod(previous) : finalAlpha;
    float[] epsilon = run.schedule().prediction(modelOutput, sample, t).epsilon();
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
