package org.sparklora.data.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.caption.Caption;
import org.sparklora.data.order.SetBalance;
import org.sparklora.util.InvalidInputException;

class JoinedCacheTest {
  private static final Configuration CONFIGURATION = new Configuration();
  private static final long SECOND_SET = 1L << 40;

  @TempDir private Path folder;
  private CacheManifest joined;

  /** Photos of two sizes, and scans of one of them. */
  @BeforeEach
  void join() throws IOException {
    CacheManifest photos =
        cache("photos", file("photos", "a", 1, 0, 1, 2), file("photos", "b", 2, 3));
    CacheManifest scans = cache("scans", file("scans", "a", 1, 0, 1));
    joined = JoinedCache.of(List.of(photos, scans), List.of(10, 1), List.of(), 5);
    joined.replace(location(joined.key()), CONFIGURATION);
  }

  @Test
  void samplesAreInTheOrderOfSizesThenOfDataSets() {
    LatentCache cache = LatentCache.open(location(joined.key()), CONFIGURATION);
    assertThat(cache.size()).isEqualTo(6);
    assertThat(cache.sizes()).containsExactly(3, 2, 1);
    assertThat(LongStream.range(0, 6).map(i -> cache.get(i).id()).toArray())
        .containsExactly(0, 1, 2, SECOND_SET, SECOND_SET + 1, 3);
    assertThat(LongStream.range(0, 6).mapToObj(i -> text(cache.get(i))).toList())
        .containsExactly("photos 0", "photos 1", "photos 2", "scans 0", "scans 1", "photos 3");
    assertThat(cache.appearances().sizes()).containsExactly(0, 0, 1);
    assertThat(cache.appearances().repeats()).containsExactly(10, 1, 10);
  }

  @Test
  void repeatsAndTheOrderOfDataSetsArePartOfItsName() {
    List<String> keys = List.of("photos", "scans");
    assertThat(joined.key()).isEqualTo(CacheKey.joined(keys, List.of(10, 1), List.of()));
    assertThat(CacheKey.joined(keys, List.of(1, 10), List.of())).isNotEqualTo(joined.key());
    assertThat(CacheKey.joined(List.of("scans", "photos"), List.of(10, 1), List.of()))
        .isNotEqualTo(joined.key());
  }

  @Test
  void scansForRegularisationAreAsManyAsPhotos() throws IOException {
    SetBalance balance = new SetBalance(List.of(0), List.of(1));
    CacheManifest photos = read("photos");
    CacheManifest scans = read("scans");
    CacheManifest balanced =
        JoinedCache.of(List.of(photos, scans), List.of(10, 1), List.of(balance), 5);
    assertThat(balanced.key()).isNotEqualTo(joined.key());
    balanced.replace(location(balanced.key()), CONFIGURATION);
    LatentCache cache = LatentCache.open(location(balanced.key()), CONFIGURATION);
    assertThat(cache.appearances().balances()).containsExactly(balance);
    assertThat(cache.appearances().sets()).containsExactly(0, 1, 0);
    assertThat(cache.appearances().count(cache.sizes())).isEqualTo(2 * 40);
    assertThat(cache.appearances().split(7, cache.sizes(), 0.5).heldOutSizes())
        .containsExactly(2, 0, 0);
  }

  @Test
  void aCacheOfOneDataSetIsWrittenAsBefore() throws IOException {
    assertThat(Files.readString(folder.resolve("scans").resolve(CacheManifest.NAME)))
        .doesNotContain("\"set\"", "\"repeats\"", "\"balances\"");
  }

  @Test
  void aCacheThatIsNoLongerThereIsNamed() throws IOException {
    Files.delete(folder.resolve("scans/a.parquet"));
    assertThatThrownBy(() -> LatentCache.open(location(joined.key()), CONFIGURATION))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("../scans/a.parquet is missing or was changed");
  }

  private static String text(LatentSample sample) {
    return sample.captions().get(0).text();
  }

  private CacheManifest read(String key) {
    return CacheManifest.read(location(key), CONFIGURATION).orElseThrow();
  }

  private String location(String key) {
    return folder.resolve(key).toUri().toString();
  }

  private CacheManifest cache(String key, CacheFile... files) throws IOException {
    long samples = List.of(files).stream().mapToLong(CacheFile::samples).sum();
    return new CacheManifest(key, samples, 0, List.of(), List.of(files))
        .write(location(key), CONFIGURATION);
  }

  private CacheFile file(String key, String name, int height, long... ids) throws IOException {
    LatentSample first = sample(key, height, ids[0]);
    try (LatentCacheWriter writer =
        new LatentCacheWriter(location(key), name + ".parquet", first, CONFIGURATION)) {
      for (int i = 1; i < ids.length; i++) {
        writer.write(sample(key, height, ids[i]));
      }
      return writer.finish();
    }
  }

  private static LatentSample sample(String key, int height, long id) {
    return new LatentSample(
        id,
        List.of(new Caption(key + " " + id, new int[] {1})),
        new Posterior(1, height, 1, new float[height], Optional.empty()),
        Optional.empty());
  }
}
