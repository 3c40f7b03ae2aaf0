package org.sparklora.data.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.caption.Caption;
import org.sparklora.s3.Faults;
import org.sparklora.s3.S3Server;

/** Row groups of a cache on s3a that are kept on this machine's disks. */
@Tag("long")
class LocalTierTest {
  private static final int SIDE = 128;
  private static final int SAMPLES = 12;
  private static final String LOCATION = "latents";

  @TempDir private Path disks;

  private static S3Server s3;
  private static Configuration hadoop;
  private static int rowGroups;

  @BeforeAll
  static void write() throws IOException {
    s3 = S3Server.start();
    hadoop = s3.hadoop();
    try (LatentCacheWriter writer =
        new LatentCacheWriter(s3.uri(LOCATION), "part-0.parquet", sample(0), hadoop)) {
      for (int i = 1; i < SAMPLES; i++) {
        writer.write(sample(i));
      }
      CacheFile file = writer.finish();
      rowGroups = file.rowGroups().length;
      new CacheManifest("key", SAMPLES, 0, List.of(), List.of(file))
          .write(s3.uri(LOCATION), hadoop);
    }
  }

  @AfterAll
  static void stop() throws IOException {
    s3.close();
  }

  private final Faults asked = Faults.none();

  @BeforeEach
  void count() {
    s3.faults(asked);
  }

  @Test
  void theNextEpochAsksTheStoreForNothing() throws IOException {
    LatentCache cache = open(hadoop);
    assertThat(rowGroups).isGreaterThan(2);
    readAll(cache);
    int first = requests();
    assertThat(first).isGreaterThanOrEqualTo(rowGroups);
    readAll(cache);
    assertThat(requests()).isEqualTo(first);
    assertThat(kept()).as("a sample is a page").hasSize(SAMPLES);
    assertThat(kept().stream().map(Path::getParent).distinct()).as("disks").hasSize(2);
  }

  @Test
  void aDamagedPieceIsReadAnew() throws IOException {
    LatentCache cache = open(hadoop);
    readAll(cache);
    int ofPages = requestsOfAnEpoch();
    int before = requests();
    for (Path file : kept()) {
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
    }
    readAll(cache);
    assertThat(requests()).isEqualTo(before + ofPages);
    for (Path file : kept()) {
      Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 100));
    }
    readAll(cache);
    for (Path file : kept()) {
      Files.delete(file);
    }
    readAll(cache);
    assertThat(requests()).isEqualTo(before + 3 * ofPages);
    readAll(cache);
    assertThat(requests()).isEqualTo(before + 3 * ofPages);
  }

  @Test
  void itHoldsNoMoreThanItMay() throws IOException {
    Configuration little = new Configuration(hadoop);
    little.setLong(LocalFolders.MOST_BYTES, 3L << 20);
    LatentCache cache = open(little);
    readAll(cache);
    int left = SAMPLES - kept().size();
    assertThat(left).isPositive().isLessThan(SAMPLES);
    int before = requests();
    readAll(cache);
    assertThat(requests()).as("latents, and all other columns").isEqualTo(before + 2 * left);
    long bytes = 0;
    for (Path file : kept()) {
      bytes += Files.size(file);
    }
    assertThat(bytes).isLessThanOrEqualTo(3L << 20);
  }

  @Test
  void aDiskThatCannotBeWrittenIsNoTrouble() throws IOException {
    Path file = Files.createFile(disks.resolve("file"));
    readAll(LatentCache.open(s3.uri(LOCATION), hadoop, 0, new LocalFolders(List.of(file))));
  }

  @Test
  void aCacheOnThisMachineNeedsNoTier() {
    Configuration none = new Configuration(hadoop);
    none.setLong(LocalFolders.MOST_BYTES, 0);
    LocalFolders local = new LocalFolders(List.of(disks));
    org.apache.hadoop.fs.Path remote = new org.apache.hadoop.fs.Path(s3.uri(LOCATION));
    assertThat(local.tier(remote, hadoop)).isPresent();
    assertThat(local.tier(remote, none)).isEmpty();
    assertThat(local.tier(new org.apache.hadoop.fs.Path("file:/latents"), hadoop)).isEmpty();
    assertThat(local.tier(new org.apache.hadoop.fs.Path("/latents"), hadoop)).isEmpty();
  }

  @Test
  void nothingIsLeftOfIt() throws IOException {
    Path folder = disks.resolve("tier");
    LocalTier tier = new LocalTier(List.of(folder), 100);
    assertThat(tier.get(0, () -> new byte[10])).hasSize(10);
    assertThat(folder).isDirectoryContaining(Files::isRegularFile);
    tier.delete();
    assertThat(folder).doesNotExist();
    assertThat(tier.get(0, () -> new byte[11])).hasSize(11);
  }

  private LatentCache open(Configuration configuration) {
    LocalFolders local = new LocalFolders(List.of(disks.resolve("first"), disks.resolve("second")));
    return LatentCache.open(s3.uri(LOCATION), configuration, 0, local);
  }

  /** Without disks, once footer and page index are known. */
  private int requestsOfAnEpoch() {
    LatentCache cache = LatentCache.open(s3.uri(LOCATION), hadoop, 0);
    readAll(cache);
    int before = requests();
    readAll(cache);
    return requests() - before;
  }

  private int requests() {
    return asked.asked("GET .*part-0.parquet.*");
  }

  private static void readAll(LatentCache cache) {
    for (int i = 0; i < SAMPLES; i++) {
      assertThat(cache.get(i).latents().mean()).isEqualTo(sample(i).latents().mean());
    }
  }

  private List<Path> kept() throws IOException {
    try (Stream<Path> all = Files.walk(disks)) {
      return new ArrayList<>(all.filter(Files::isRegularFile).toList());
    }
  }

  /** Values that do not compress. */
  private static LatentSample sample(int number) {
    Random random = new Random(number);
    float[] mean = new float[4 * SIDE * SIDE];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = random.nextFloat();
    }
    return new LatentSample(
        number,
        List.of(new Caption("a picture", new int[] {1, 2})),
        new Posterior(4, SIDE, SIDE, mean, Optional.empty()),
        Optional.empty());
  }
}
