package org.sparklora.data.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sparklora.data.caption.Caption;
import org.sparklora.s3.Fault;
import org.sparklora.s3.Faults;
import org.sparklora.s3.S3Server;

/** Reading a latent cache from a store whose answers fail. */
@Tag("long")
class LatentCacheOnS3Test {
  private static final int SIDE = 128;

  private static S3Server s3;
  private static Configuration hadoop;

  @BeforeAll
  static void start() {
    s3 = S3Server.start();
    hadoop = s3.hadoop();
  }

  @AfterAll
  static void stop() throws IOException {
    s3.close();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void everyReadOfAPartSurvivesAFault(Fault fault) throws IOException {
    String location = s3.uri("latents-" + fault);
    write(location);
    survives(fault, location, 1 << 30, 1);
    survives(fault, location, 0, 2);
  }

  /**
   * @param memory enough for all, or too little, so that pages are read
   * @param least requests are more: for the footer and the row group, or index and pages
   */
  private static void survives(Fault fault, String location, long memory, int least) {
    int reads = reads(location, memory);
    assertThat(reads).isGreaterThan(least);
    for (int before = 0; before < reads; before++) {
      Faults faults =
          Faults.none()
              .first(before, "GET .*part-0.parquet.*", Fault.NONE)
              .first(1, "GET .*part-0.parquet.*", fault);
      s3.faults(faults);
      assertThat(LatentCache.open(location, hadoop, memory).get(0).captions().get(0).text())
          .as("fault in request %d", before)
          .isEqualTo("a picture");
      assertThat(faults.injected()).containsEntry(fault, 1);
    }
    s3.faults(Faults.none());
  }

  private static int reads(String location, long memory) {
    Faults counted = Faults.none();
    s3.faults(counted);
    LatentCache.open(location, hadoop, memory).get(0);
    return counted.asked("GET .*part-0.parquet.*");
  }

  private static void write(String location) throws IOException {
    try (LatentCacheWriter writer =
        new LatentCacheWriter(location, "part-0.parquet", sample(0), hadoop)) {
      writer.write(sample(1));
      CacheFile file = writer.finish();
      new CacheManifest("key", 2, 0, List.of(), List.of(file)).write(location, hadoop);
    }
  }

  private static LatentSample sample(int id) {
    return new LatentSample(
        id,
        List.of(new Caption("a picture", new int[] {1, 2})),
        new Posterior(4, SIDE, SIDE, new float[4 * SIDE * SIDE], Optional.empty()),
        Optional.empty());
  }
}
