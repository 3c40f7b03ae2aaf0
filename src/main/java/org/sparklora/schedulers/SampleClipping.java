package org.sparklora.schedulers;

import org.sparklora.schedulers.noise.ConfigValues;
import org.sparklora.schedulers.noise.Prediction;

/**
 * {@code clip_sample}. It was made for pixels; latents are larger, and Stable Diffusion turns it
 * off.
 */
record SampleClipping(boolean on, float range) {
  static SampleClipping read(ConfigValues values, boolean onByDefault) {
    values.refuseFlag("thresholding", "dynamic thresholding is for pixels, not latents");
    return new SampleClipping(
        values.flag("clip_sample", onByDefault), (float) values.number("clip_sample_range", 1));
  }

  float[] apply(float[] original) {
    return on ? Prediction.clipped(original, range) : original;
  }

  Prediction apply(Prediction prediction) {
    return on ? prediction.clipped(range) : prediction;
  }
}
