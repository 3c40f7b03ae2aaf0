package org.sparklora.cli.dataset;

import org.sparklora.cli.config.Problems;
import org.sparklora.data.image.AspectRatioBuckets;
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

  /** The buckets of a square's area; none where they cannot be. */
  AspectRatioBuckets buckets(BucketConfig given, int resolution) {
    int found = problems.count();
    problems.require(
        given.step() > 0 && given.step() % LATENT_PIXELS == 0,
        prefix + "bucket_reso_steps",
        given.step(),
        "it must be a positive multiple of " + LATENT_PIXELS);
    if (given.noUpscale()) {
      problems.require(
          given.step() <= resolution,
          prefix + "bucket_reso_steps",
          given.step(),
          "it must be at most --resolution, " + resolution);
      return problems.count() > found ? AspectRatioBuckets.NONE : given.of(resolution);
    }
    problems.require(
        given.least() > 0 && given.step() > 0 && given.least() % given.step() == 0,
        prefix + "min_bucket_reso",
        given.least(),
        "it must be a positive multiple of --bucket_reso_steps, " + given.step());
    problems.require(
        given.least() <= resolution,
        prefix + "min_bucket_reso",
        given.least(),
        "it must be at most --resolution, " + resolution);
    problems.require(
        given.most() >= resolution,
        prefix + "max_bucket_reso",
        given.most(),
        "it must be at least --resolution, " + resolution);
    return problems.count() > found ? AspectRatioBuckets.NONE : given.of(resolution);
  }
}
