package org.sparklora.cli.dataset;

import java.util.OptionalInt;
import org.sparklora.cli.config.Problems;
import org.sparklora.data.image.BucketConfig;

/**
 * What sizes of pictures can be.
 *
 * @param prefix of the names of flags in errors
 */
record SizeRules(Problems problems, String prefix) {
  private static final int LATENT_PIXELS = 8;

  /** Requires that a square can be encoded. */
  void square(int resolution) {
    problems.require(
        resolution > 0 && resolution % LATENT_PIXELS == 0,
        prefix + "resolution",
        resolution,
        "it must be a positive multiple of " + LATENT_PIXELS);
  }

  /**
   * The limits of buckets; none where they cannot be.
   *
   * @param resolution empty where the base model decides it, and whether the limits fit it
   */
  BucketConfig buckets(BucketConfig given, OptionalInt resolution) {
    int found = problems.count();
    problems.require(
        given.step() > 0 && given.step() % LATENT_PIXELS == 0,
        prefix + "bucket_reso_steps",
        given.step(),
        "it must be a positive multiple of " + LATENT_PIXELS);
    problems.require(
        given.noUpscale()
            || (given.least() > 0 && given.step() > 0 && given.least() % given.step() == 0),
        prefix + "min_bucket_reso",
        given.least(),
        "it must be a positive multiple of --bucket_reso_steps, " + given.step());
    resolution.ifPresent(side -> given.misfits(prefix, side, "").forEach(problems::add));
    return problems.count() > found ? BucketConfig.NONE : given;
  }
}
