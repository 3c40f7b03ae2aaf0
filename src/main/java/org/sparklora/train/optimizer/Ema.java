package org.sparklora.train.optimizer;

/** The running average of the adapter, in fp32 as {@code EMAModel} computes it. */
public final class Ema {
  private final EmaConfig config;
  private final float[] average;

  /**
   * Starts with an average, which is the adapter itself at the start of a run.
   *
   * @param average copied
   */
  public Ema(EmaConfig config, float[] average) {
    this.config = config;
    this.average = average.clone();
  }

  /**
   * Moves the average towards the adapter: {@code a - (1 - decay) (a - p)}.
   *
   * @param parameters the adapter after the step
   * @param step from 1
   */
  public void update(float[] parameters, long step) {
    float share = (float) (1 - config.decay(step));
    Chunks.forEach(
        average.length,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            average[i] -= share * (average[i] - parameters[i]);
          }
        });
  }

  /** The average, in an array of its own. */
  public float[] average() {
    return average.clone();
  }
}
