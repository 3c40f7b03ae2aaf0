package org.sparklora.spark.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.data.cache.CacheFile;
import org.sparklora.data.cache.CacheManifest;
import org.sparklora.data.cache.LatentCache;
import org.sparklora.data.cache.LatentSample;
import org.sparklora.data.cache.Posterior;
import org.sparklora.data.caption.Caption;
import org.sparklora.store.FaultyDisk;
import org.sparklora.store.KillPoint;

/**
 * Killed before any operation on the latent cache, the next run finds or makes the same samples.
 */
@Tag("long")
class CacheKillTest {
  private static final int RANGES = 2;

  @TempDir private Path root;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theNextRunHasTheSameSamples(boolean links) throws IOException {
    int operations =
        KillPoint.before(
            new KillPoint.Trial() {
              @Override
              public KillPoint.Work begin(int number) {
                return hadoop -> prepare(number, links ? hadoop : FaultyDisk.withoutLinks(hadoop));
              }

              @Override
              public void after(int number, Configuration hadoop) throws IOException {
                prepare(number, hadoop);
                LatentCache cache = LatentCache.open(location(number), hadoop);
                assertThat(cache.size()).isEqualTo(RANGES);
                for (int i = 0; i < RANGES; i++) {
                  assertThat(cache.get(i).latents().mean())
                      .as("after a kill before operation %d", number)
                      .isEqualTo(sample(i).latents().mean());
                }
              }
            });
    assertThat(operations).isGreaterThan(20);
  }

  /** As the job does it, without Spark. */
  private void prepare(int number, Configuration hadoop) throws IOException {
    String location = location(number);
    if (CacheManifest.read(location, hadoop).isPresent()) {
      return;
    }
    FinishedRanges finished = new FinishedRanges(location, hadoop);
    List<CacheFile> files = new ArrayList<>();
    for (int range = 0; range < RANGES; range++) {
      Optional<EncodedRange> found = finished.find(range);
      files.addAll(
          found.isPresent() ? found.get().files() : encode(range, location, finished, hadoop));
    }
    new CacheManifest("key", RANGES, 0, List.of(), files).write(location, hadoop);
  }

  private static List<CacheFile> encode(
      int range, String location, FinishedRanges finished, Configuration hadoop)
      throws IOException {
    // Not closed where a kill comes in between: nobody would be there to do it.
    RangeFiles files = new RangeFiles(location, range, hadoop);
    files.write(sample(range));
    return finished.finish(range, files.finish()).files();
  }

  private static LatentSample sample(int id) {
    Posterior latents = new Posterior(1, 1, 2, new float[] {id, 7}, Optional.empty());
    return new LatentSample(
        id, List.of(new Caption("x", new int[] {1})), latents, Optional.empty());
  }

  private String location(int number) {
    return root.resolve("cache-" + number).toUri().toString();
  }
}
