package org.sparklora.spark.prepare;

import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.sparklora.data.DataConfig;
import org.sparklora.data.DatasetFolder;
import org.sparklora.data.TestDataset;
import org.sparklora.data.cache.CacheKey;
import org.sparklora.data.cache.LatentCache;
import org.sparklora.data.order.SampleOrder;
import org.sparklora.data.row.ImageDataset;

/**
 * Measures the job and the sampler's start on a large data set: {@code jobs/measure-prepare}. The
 * encoder is plain arithmetic, so what is measured is everything but the autoencoder.
 */
public final class PrepareScale {
  private static final int RESOLUTION = 64;
  private static final int BATCH = 16;

  private PrepareScale() {}

  /**
   * Runs the job, then what a training run does before its first step.
   *
   * @param args the data set's folder, the caches' folder, Spark's master
   */
  public static void main(String[] args) {
    SparkConf settings =
        new SparkConf()
            .setAppName("prepare scale")
            .setMaster(args[2])
            .set("spark.ui.enabled", "false")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    DataConfig config = TestDataset.config(args[0], RESOLUTION);
    try (JavaSparkContext spark = new JavaSparkContext(settings)) {
      say("prepare: %s", timed(() -> prepare(spark, config, args[1])));
    }
    say("sampler: %s", timed(() -> firstBatch(config, args[1])));
  }

  private interface Step {
    String run();
  }

  private static String timed(Step step) {
    long began = System.nanoTime();
    String result = step.run();
    return result + String.format(Locale.ROOT, " in %.1f s", (System.nanoTime() - began) / 1e9);
  }

  private static String prepare(JavaSparkContext spark, DataConfig config, String caches) {
    ImageDataset dataset = new DatasetFolder(spark.hadoopConfiguration()).open(config);
    PrepareResult result =
        new PrepareJob(spark, config, dataset, encoder(), caches, (done, total) -> {}).run();
    return result.samples() + " samples" + (result.reused() ? " found" : " encoded");
  }

  private static MeanPooling encoder() {
    return new MeanPooling("scale");
  }

  private static String firstBatch(DataConfig config, String caches) {
    Configuration hadoop = new Configuration();
    ImageDataset dataset = new DatasetFolder(hadoop).open(config);
    String key = CacheKey.of(dataset, config, encoder().identity());
    LatentCache cache = LatentCache.open(caches + "/" + key, hadoop);
    SampleOrder order = SampleOrder.of(config.seed(), cache.sizes(), BATCH);
    long ids = 0;
    for (long slot = 0; slot < BATCH; slot++) {
      ids += cache.get(order.at(slot)).id();
    }
    return "first batch of " + cache.size() + ", mean id " + ids / BATCH;
  }

  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
