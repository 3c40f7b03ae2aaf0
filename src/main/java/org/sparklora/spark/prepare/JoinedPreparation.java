package org.sparklora.spark.prepare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.sparklora.data.DataConfig;
import org.sparklora.data.cache.CacheManifest;
import org.sparklora.data.cache.JoinedCache;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.util.InvalidInputException;

/**
 * The data sets of a run, each encoded into a cache of its own. Where there are several, or where
 * pictures are repeated, a cache beside them joins them.
 *
 * @param datasets the checked data sets that {@code data} names
 * @param threads of each task
 */
public record JoinedPreparation(
    ModelConfig model, DataConfig data, List<ImageDataset> datasets, int threads) {
  /**
   * Encodes the data sets that are not encoded yet.
   *
   * @param cacheFolder folder of all caches
   */
  public PrepareResult run(JavaSparkContext spark, String cacheFolder) {
    List<DataConfig> sets = data.sets();
    List<PrepareResult> encoded =
        IntStream.range(0, sets.size())
            .mapToObj(i -> new LatentPreparation(model, sets.get(i), datasets.get(i), threads))
            .map(preparation -> preparation.run(spark, cacheFolder))
            .toList();
    if (!data.isJoined()) {
      return encoded.get(0);
    }
    try {
      return join(encoded, cacheFolder, spark.hadoopConfiguration());
    } catch (IOException e) {
      throw InvalidInputException.resources(
          "Cannot write latent cache in " + cacheFolder + ": " + e.getMessage());
    }
  }

  private PrepareResult join(List<PrepareResult> encoded, String cacheFolder, Configuration hadoop)
      throws IOException {
    List<CacheManifest> caches = new ArrayList<>();
    for (PrepareResult one : encoded) {
      caches.add(
          CacheManifest.read(one.location(), hadoop)
              .orElseThrow(() -> new IOException(one.location() + " was deleted")));
    }
    CacheManifest joined =
        JoinedCache.of(caches, data.repeats(), data.balances(), RangeFiles.NAMED_BAD_IMAGES);
    String location = new Path(cacheFolder, joined.key()).toString();
    Optional<CacheManifest> before = CacheManifest.read(location, hadoop);
    if (before.filter(joined::hasSameFiles).isEmpty()) {
      joined.replace(location, hadoop);
    }
    return PrepareResult.of(location, joined, encoded.stream().allMatch(PrepareResult::reused));
  }
}
