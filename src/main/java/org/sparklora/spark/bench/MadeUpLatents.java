package org.sparklora.spark.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.cache.CacheFile;
import org.sparklora.data.cache.CacheManifest;
import org.sparklora.data.cache.LatentCacheWriter;
import org.sparklora.data.cache.LatentSample;
import org.sparklora.data.cache.Posterior;
import org.sparklora.data.caption.Caption;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;

/** A latent cache of made-up samples, for measurements that do not depend on their values. */
final class MadeUpLatents {
  private static final int CHANNELS = 4;
  private static final int TOKENS = 77;
  private static final int SAMPLES_A_FILE = 1000;

  private MadeUpLatents() {}

  /**
   * Writes a cache.
   *
   * @param location a folder that is not there yet
   * @param side of the latents, an eighth of the pictures'
   */
  static void write(String location, int samples, int side, Configuration hadoop)
      throws IOException {
    List<CacheFile> files = new ArrayList<>();
    for (int first = 0; first < samples; first += SAMPLES_A_FILE) {
      int end = Math.min(samples, first + SAMPLES_A_FILE);
      String name = String.format(Locale.ROOT, "part-%06d.parquet", files.size());
      try (LatentCacheWriter writer =
          new LatentCacheWriter(location, name, sample(first, side), hadoop)) {
        for (int id = first + 1; id < end; id++) {
          writer.write(sample(id, side));
        }
        files.add(writer.finish());
      }
    }
    new CacheManifest("made up", samples, 0, List.of(), files).write(location, hadoop);
  }

  private static LatentSample sample(int id, int side) {
    float[] mean = KeyedRandom.of(0, Purpose.POSTERIOR, 0, id).normals(CHANNELS * side * side);
    Posterior posterior =
        new Posterior(CHANNELS, side, side, mean, Optional.of(new float[mean.length]));
    Caption caption = new Caption("picture " + id, new int[TOKENS]);
    return new LatentSample(id, List.of(caption), posterior, Optional.empty());
  }
}
