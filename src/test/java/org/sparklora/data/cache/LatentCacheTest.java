package org.sparklora.data.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.LocalOutputFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.caption.Caption;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.util.InvalidInputException;

class LatentCacheTest {
  private static final Configuration CONFIGURATION = new Configuration();
  private static final int CHANNELS = 4;
  private static final int SIDE = 64;

  @TempDir Path folder;
  private String location;

  @BeforeEach
  void locate() {
    location = folder.toUri().toString();
  }

  @Test
  void givesBackEveryBitInOrderOfIdsWhateverTheLayout() throws IOException {
    // Three files, written out of order, with gaps where rows were bad.
    write(ids(40, 55), ids(0, 17), ids(20, 33));
    LatentCache cache = LatentCache.open(location, CONFIGURATION);
    long[] expected = concat(ids(0, 17), ids(20, 33), ids(40, 55));
    assertThat(cache.size()).isEqualTo(expected.length);
    for (int index = expected.length - 1; index >= 0; index--) {
      assertSame(cache.get(index), sample(expected[index]));
    }
  }

  @Test
  void isOpenedOnceForAllThreadsUntilItIsMadeAnew() throws IOException {
    write(ids(0, 7));
    LatentCache cache = LatentCache.shared(location, CONFIGURATION, LocalFolders.NONE);
    assertThat(LatentCache.shared(location, CONFIGURATION, LocalFolders.NONE)).isSameAs(cache);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    write(ids(0, 3), ids(5, 9));
    LatentCache again = LatentCache.shared(location, CONFIGURATION, LocalFolders.NONE);
    assertThat(again.size()).isEqualTo(7);
    assertSame(again.get(6), sample(8));
  }

  @Test
  void cutsRowGroupsOfAboutAMebibyte() throws IOException {
    write(ids(0, 40));
    CacheFile file = manifest().files().get(0);
    // 4 x 64 x 64 floats, four times: 256 KiB and a little a sample, so three fit.
    assertThat(file.rowGroups()).hasSize(14).startsWith(3, 3).endsWith(1);
  }

  @Test
  void aCacheLargerThanItsMemoryIsReadByPages() throws IOException {
    for (int side : new int[] {SIDE, 8}) {
      List<LatentSample> samples =
          LongStream.range(0, 600 / side).mapToObj(id -> sample(id, side)).toList();
      writeSamples(samples);
      LatentCache cache = LatentCache.open(location, CONFIGURATION, 0);
      for (int i = samples.size() - 1; i >= 0; i--) {
        assertSame(cache.get(i), samples.get(i));
      }
      Files.delete(folder.resolve(CacheManifest.NAME));
    }
  }

  @Test
  void onlyThePagesOfASampleAreRead() throws IOException {
    write(ids(0, 3));
    Path file = folder.resolve("part-0.parquet");
    byte[] whole = Files.readAllBytes(file);
    int readable = 0;
    for (int at = 4; at < whole.length * 9 / 10; at += whole.length / 100) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 1;
      Files.write(file, damaged);
      readable += damage(LatentCache.open(location, CONFIGURATION, 0), at);
    }
    // Of three samples of one row group, most damages hit one.
    assertThat(readable).isGreaterThan(150);
  }

  /** How many of three samples can be read; the others are refused. */
  private static int damage(LatentCache cache, int at) {
    int readable = 0;
    for (int i = 0; i < 3; i++) {
      try {
        assertSame(cache.get(i), sample(i));
        readable++;
      } catch (InvalidInputException e) {
        assertThat(e).as("byte %d", at).hasMessageContaining("damaged in row group 0");
      }
    }
    return readable;
  }

  @Test
  void filesWithPagesAsLongAsRowGroupsAreReadByRowGroups() throws IOException {
    Path file = folder.resolve("part-0.parquet");
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withType(LatentSchema.TYPE)
            .withDictionaryEncoding(false)
            .withRowGroupRowCountLimit(3)
            .build()) {
      for (long id : ids(0, 5)) {
        writer.write(LatentSchema.toGroup(sample(id)));
      }
    }
    long[] rowGroups = {3, 2};
    finish(List.of(new CacheFile("part-0.parquet", Files.size(file), SIDE, SIDE, 0, rowGroups)));
    LatentCache cache = LatentCache.open(location, CONFIGURATION, 0);
    for (int i = 4; i >= 0; i--) {
      assertSame(cache.get(i), sample(i));
    }
  }

  @Test
  void samplesWithoutVarianceOrFlipStayWithout() throws IOException {
    LatentSample plain =
        new LatentSample(
            5,
            List.of(new Caption("äö 🍎", new int[] {49406, 3055, 49407})),
            new Posterior(1, 1, 2, new float[] {Float.MIN_VALUE, -0f}, Optional.empty()),
            Optional.empty());
    writeSamples(List.of(plain));
    assertSame(LatentCache.open(location, CONFIGURATION).get(0), plain);
  }

  @Test
  void aMaskComesBackAndIsMirroredWithItsPicture() throws IOException {
    float[] mask = {0, 0.25f, 0.5f, 1};
    Posterior latents = new Posterior(1, 2, 2, new float[4], Optional.empty());
    Posterior mirrored = new Posterior(1, 2, 2, new float[] {1, 0, 0, 0}, Optional.empty());
    LatentSample masked =
        new LatentSample(
            3,
            List.of(new Caption("x", new int[] {1})),
            latents,
            Optional.of(mirrored),
            Optional.of(mask),
            Optional.empty());
    writeSamples(List.of(masked));
    LatentSample read = LatentCache.open(location, CONFIGURATION).get(0);
    assertThat(read.mask().orElseThrow()).isEqualTo(mask);
    Set<String> seen = new HashSet<>();
    for (int epoch = 0; epoch < 20; epoch++) {
      boolean isMirrored = read.latents(7, epoch).mean()[0] == 1;
      float[] expected = isMirrored ? new float[] {0.25f, 0, 1, 0.5f} : mask;
      assertThat(read.mask(7, epoch).orElseThrow()).isEqualTo(expected);
      seen.add(Arrays.toString(expected));
    }
    assertThat(seen).hasSize(2);
  }

  @Test
  void manyThreadsReadAsOneWithLittleMemory() throws IOException {
    write(ids(0, 50));
    LatentCache cache = LatentCache.open(location, CONFIGURATION, 2 << 20);
    IntStream.range(0, 400)
        .parallel()
        .forEach(i -> assertThat(cache.get(i * 37 % 50).id()).isEqualTo(i * 37 % 50));
  }

  @Test
  void nothingIsWrittenBesideTheFiles() throws IOException {
    write(ids(0, 3));
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).allMatch(file -> !file.toString().endsWith(".crc"));
    }
  }

  @Test
  void aDamagedPageIsFoundByItsChecksum() throws IOException {
    write(ids(0, 3));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".parquet")).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
      }
    }
    LatentCache cache = LatentCache.open(location, CONFIGURATION);
    assertThatThrownBy(() -> cache.get(0))
        .isInstanceOfSatisfying(
            InvalidInputException.class,
            e -> assertThat(e.kind()).isEqualTo(InvalidInputException.Kind.DATA))
        .hasMessageContaining("damaged in row group 0")
        .hasMessageContaining("the next run makes it again");
  }

  @Test
  void keepsWhatWasUsedLast() {
    RowGroupMemory memory = new RowGroupMemory(2 * LatentSchema.rawBytes(sample(0)));
    List<Long> reads = new ArrayList<>();
    for (int group : new int[] {1, 2, 1, 3, 1, 2}) {
      memory.get(
          group,
          g -> {
            reads.add(g);
            return List.of(sample(g));
          });
    }
    assertThat(reads).containsExactly(1L, 2L, 3L, 2L);
  }

  @Test
  void aFailedReadIsTriedAgain() {
    RowGroupMemory memory = new RowGroupMemory(1 << 20);
    assertThatThrownBy(
            () ->
                memory.get(
                    1,
                    g -> {
                      throw new IllegalStateException("store away");
                    }))
        .hasMessage("store away");
    assertThat(memory.get(1, g -> List.of(sample(g)))).hasSize(1);
  }

  @Test
  void refusesAnUnfinishedCache() throws IOException {
    try (LatentCacheWriter writer =
        new LatentCacheWriter(location, "part.parquet", sample(0), CONFIGURATION)) {
      writer.write(sample(1));
    }
    assertThatThrownBy(() -> LatentCache.open(location, CONFIGURATION))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Missing latent cache: " + location);
  }

  @Test
  void refusesACacheThatLostAFile() throws IOException {
    write(ids(0, 3));
    Files.delete(folder.resolve("part-0.parquet"));
    assertThatThrownBy(() -> LatentCache.open(location, CONFIGURATION))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("part-0.parquet is missing or was changed");
  }

  @Test
  void epochsDrawCaptionsAndFlipsEvenly() {
    LatentSample sample = sample(3);
    long flips =
        LongStream.range(0, 2000)
            .filter(epoch -> !sample.latents(7, epoch).equals(sample.latents()))
            .count();
    long firstCaptions =
        LongStream.range(0, 2000)
            .filter(epoch -> sample.caption(7, epoch).equals(sample.captions().get(0)))
            .count();
    assertThat(flips).isBetween(900L, 1100L);
    assertThat(firstCaptions).isBetween(900L, 1100L);
  }

  @Test
  void refusesIdsThatDoNotAscend() throws IOException {
    try (LatentCacheWriter writer =
        new LatentCacheWriter(location, "part.parquet", sample(4), CONFIGURATION)) {
      assertThatThrownBy(() -> writer.write(sample(4)))
          .hasMessage("Invalid sample id: 4 after 4, must ascend");
    }
  }

  private CacheManifest manifest() {
    return CacheManifest.read(location, CONFIGURATION).orElseThrow();
  }

  private void write(long[]... idsOfFiles) throws IOException {
    List<CacheFile> files = new ArrayList<>();
    for (int i = 0; i < idsOfFiles.length; i++) {
      files.add(file("part-" + i + ".parquet", samples(idsOfFiles[i])));
    }
    finish(files);
  }

  private void writeSamples(List<LatentSample> samples) throws IOException {
    finish(List.of(file("part-0.parquet", samples)));
  }

  private CacheFile file(String name, List<LatentSample> samples) throws IOException {
    try (LatentCacheWriter writer =
        new LatentCacheWriter(location, name, samples.get(0), CONFIGURATION)) {
      for (LatentSample sample : samples.subList(1, samples.size())) {
        writer.write(sample);
      }
      return writer.finish();
    }
  }

  private void finish(List<CacheFile> files) throws IOException {
    long samples = files.stream().mapToLong(CacheFile::samples).sum();
    new CacheManifest("key", samples, 0, List.of(), files).write(location, CONFIGURATION);
  }

  private static List<LatentSample> samples(long[] ids) {
    return LongStream.of(ids).mapToObj(LatentCacheTest::sample).toList();
  }

  private static LatentSample sample(long id) {
    return sample(id, SIDE);
  }

  private static LatentSample sample(long id, int side) {
    return new LatentSample(
        id,
        List.of(
            new Caption("one " + id, new int[] {1, (int) id}),
            new Caption("two " + id, new int[] {2, (int) id})),
        posterior(id, 0, side),
        Optional.of(posterior(id, 1, side)));
  }

  private static Posterior posterior(long id, long variant, int side) {
    KeyedRandom random = KeyedRandom.of(1, Purpose.POSTERIOR, variant, id);
    int values = CHANNELS * side * side;
    return new Posterior(
        CHANNELS, side, side, random.normals(values), Optional.of(random.normals(values)));
  }

  private static long[] ids(long from, long to) {
    return LongStream.range(from, to).toArray();
  }

  private static long[] concat(long[]... parts) {
    return Arrays.stream(parts).flatMapToLong(LongStream::of).toArray();
  }

  private static void assertSame(LatentSample actual, LatentSample expected) {
    assertThat(actual.id()).isEqualTo(expected.id());
    assertThat(actual.captions())
        .usingRecursiveFieldByFieldElementComparator()
        .isEqualTo(expected.captions());
    assertSame(actual.latents(), expected.latents());
    assertThat(actual.flipped().isPresent()).isEqualTo(expected.flipped().isPresent());
    actual.flipped().ifPresent(flipped -> assertSame(flipped, expected.flipped().orElseThrow()));
  }

  private static void assertSame(Posterior actual, Posterior expected) {
    assertThat(actual.channels()).isEqualTo(expected.channels());
    assertThat(actual.height()).isEqualTo(expected.height());
    assertThat(actual.width()).isEqualTo(expected.width());
    assertThat(Arrays.equals(actual.mean(), expected.mean())).isTrue();
    assertThat(
            Arrays.equals(
                actual.logVariance().orElse(new float[0]),
                expected.logVariance().orElse(new float[0])))
        .isTrue();
  }
}
