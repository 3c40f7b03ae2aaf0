package org.sparklora.schedulers;

import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.run.SigmaRun;
import org.sparklora.schedulers.run.StepOrder;

/** A run in sigma that calls the model once a step. */
abstract class SigmaScheduler implements Scheduler {
  final SigmaRun run;
  final StepOrder order;

  SigmaScheduler(SigmaRun run) {
    this.run = run;
    this.order = new StepOrder(run.timesteps().length);
  }

  @Override
  public final float[] timesteps() {
    return run.timesteps().clone();
  }

  @Override
  public final double initNoiseSigma() {
    return run.initNoiseSigma();
  }

  @Override
  public final float[] scaleModelInput(float[] sample, int index) {
    return SigmaRun.scaled(sample, run.sigmas()[index]);
  }

  @Override
  public final void startAt(int index) {
    order.startAt(index);
  }

  @Override
  public final float[] addNoise(float[] original, float[] noise, int index) {
    return NoiseSchedule.noisy(original, 1, noise, run.sigmas()[index]);
  }
}
