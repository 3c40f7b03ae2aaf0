package org.sparklora.spark.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.parquet.example.data.Group;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.DataConfig;
import org.sparklora.data.DatasetFolder;
import org.sparklora.data.TestDataset;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.s3.S3Server;
import org.sparklora.spark.SparkTestSession;

/** How often preparing reads what is on object storage. */
@Tag("long")
class PrepareReadsTest {
  private static S3Server s3;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    s3 = S3Server.start();
    s3.settings().forEach(SparkTestSession.context().hadoopConfiguration()::set);
  }

  @AfterAll
  static void stop() {
    s3.settings().keySet().forEach(SparkTestSession.context().hadoopConfiguration()::unset);
    s3.close();
  }

  /** The file has four row groups, which are cut into 23 ranges. */
  @Test
  void aRowGroupWithoutPageIndexIsReadOnce() throws IOException {
    Path file = Path.of("src/quickstart/noto/data/train-00000-of-00001.parquet");
    assertThat(timesRead(file, "noto")).isLessThan(1.3);
  }

  /** One row group of 320 pictures, cut into 16 ranges, which share pages where they meet. */
  @Test
  void withAPageIndexOnlyThePagesOfTheRangeAreRead() throws IOException {
    List<Consumer<Group>> rows = new ArrayList<>();
    for (int row = 0; row < 320; row++) {
      rows.add(TestDataset.row(TestDataset.noise(96, 96, row), "caption " + row));
    }
    Path file = folder.resolve("train.parquet");
    TestDataset.write(file, TestDataset.HUGGING_FACE, rows);
    assertThat(timesRead(file, "noise")).isLessThan(3);
  }

  /** The bytes that encoding reads, over the file's. */
  private double timesRead(Path file, String name) throws IOException {
    Configuration hadoop = SparkTestSession.context().hadoopConfiguration();
    var there = new org.apache.hadoop.fs.Path(s3.uri(name + "/train.parquet"));
    FileSystem files = there.getFileSystem(hadoop);
    files.copyFromLocalFile(new org.apache.hadoop.fs.Path(file.toUri()), there);
    DataConfig config = TestDataset.config(s3.uri(name), 64);
    ImageDataset dataset = new DatasetFolder(hadoop).open(config);
    long before = bytesRead();
    int requests = s3.requests().size();
    PrepareResult result =
        new PrepareJob(
                SparkTestSession.context(),
                config,
                dataset,
                new MeanPooling("reads"),
                folder.resolve("cache").toString(),
                (done, total) -> {})
            .run();
    assertThat(result.samples()).isEqualTo(dataset.rows());
    System.out.printf(
        Locale.ROOT,
        "%s: %d ranges, %d requests%n",
        name,
        dataset.ranges().size(),
        s3.requests().size() - requests);
    return (bytesRead() - before) / (double) files.getFileStatus(there).getLen();
  }

  private static long bytesRead() {
    return FileSystem.getGlobalStorageStatistics().get("s3a").getLong("bytesRead");
  }
}
