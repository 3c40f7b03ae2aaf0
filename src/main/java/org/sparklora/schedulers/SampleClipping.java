package org.sparklora.schedulers;

/**
 * {@code clip_sample} of DDPM and DDIM, made for pixels: latents are larger, and Stable Diffusion
 * turns it off.
 */
record SampleClipping(boolean on, float range) {
  static SampleClipping read(ConfigValues values) {
    values.refuseFlag("thresholding", "dynamic thresholding is for pixels, not latents");
    return new SampleClipping(
        values.flag("clip_sample", true), (float) values.number("clip_sample_range", 1));
  }

  Prediction apply(Prediction prediction) {
    return on ? prediction.clipped(range) : prediction;
  }
}
