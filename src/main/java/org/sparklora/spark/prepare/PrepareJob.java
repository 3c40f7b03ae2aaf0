package org.sparklora.spark.prepare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.sparklora.data.BadImages;
import org.sparklora.data.DataConfig;
import org.sparklora.data.cache.CacheFile;
import org.sparklora.data.cache.CacheKey;
import org.sparklora.data.cache.CacheManifest;
import org.sparklora.data.cache.LatentEncoderFactory;
import org.sparklora.data.row.BadImage;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.data.row.RowRange;
import org.sparklora.util.InvalidInputException;

/**
 * Encodes a data set into a latent cache, unless that was done before. The cache's content depends
 * on the data set, the configuration and the encoder alone, not on the number of tasks. Ranges that
 * an earlier run has finished are kept; runs at the same time share them.
 */
public final class PrepareJob {
  /** More tasks than slots, so that a slow one does not keep the others waiting long. */
  private static final int TASKS_PER_SLOT = 4;

  private static final long POLL_MILLIS = 200;

  private final JavaSparkContext spark;
  private final DataConfig config;
  private final ImageDataset dataset;
  private final LatentEncoderFactory encoders;
  private final String cacheFolder;
  private final PrepareProgress progress;
  private final Configuration hadoop;

  /**
   * A job for one data set.
   *
   * @param dataset the checked data set that the configuration names
   * @param cacheFolder folder of all caches, each in a folder of its own
   */
  public PrepareJob(
      JavaSparkContext spark,
      DataConfig config,
      ImageDataset dataset,
      LatentEncoderFactory encoders,
      String cacheFolder,
      PrepareProgress progress) {
    this.spark = spark;
    this.config = config;
    this.dataset = dataset;
    this.encoders = encoders;
    this.cacheFolder = cacheFolder;
    this.progress = progress;
    this.hadoop = this.spark.hadoopConfiguration();
  }

  /**
   * Encodes the ranges that are not done yet, with four tasks a slot.
   *
   * @throws InvalidInputException when the data set cannot be used, naming what and where
   */
  public PrepareResult run() {
    return run(spark.defaultParallelism() * TASKS_PER_SLOT);
  }

  PrepareResult run(int tasks) {
    String key = CacheKey.of(dataset, config, encoders.identity());
    String location = new Path(cacheFolder, key).toString();
    Optional<CacheManifest> finished = CacheManifest.read(location, hadoop);
    if (finished.isPresent()) {
      checkBadImages(finished.get().badImages(), finished.get().firstBadImages());
      return PrepareResult.of(location, finished.get(), true);
    }
    try {
      List<EncodedRange> ranges = encode(location, tasks);
      CacheManifest own = manifest(key, ranges);
      CacheManifest manifest = own.write(location, hadoop);
      if (manifest.hasSameFiles(own)) {
        CacheRemains.delete(location, ranges, hadoop);
      }
      return PrepareResult.of(location, manifest, false);
    } catch (IOException e) {
      throw InvalidInputException.resources(
          String.format(
              Locale.ROOT, "Cannot write latent cache: %s: %s", location, e.getMessage()));
    }
  }

  private CacheManifest manifest(String key, List<EncodedRange> ranges) {
    List<CacheFile> files = ranges.stream().flatMap(r -> r.files().stream()).toList();
    List<BadImage> named =
        ranges.stream()
            .flatMap(range -> range.firstBadImages().stream())
            .sorted(Comparator.comparingLong(BadImage::id))
            .limit(RangeFiles.NAMED_BAD_IMAGES)
            .toList();
    long bad = ranges.stream().mapToLong(EncodedRange::badImages).sum();
    long samples = files.stream().mapToLong(CacheFile::samples).sum();
    checkBadImages(bad, named);
    if (samples == 0) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Invalid data set: no row of %s can be used, of %d, the first is %s",
              config.datasetName(),
              bad,
              named.get(0).text()));
    }
    return new CacheManifest(key, samples, bad, named, files);
  }

  private void checkBadImages(long count, List<BadImage> named) {
    if (config.onBadImage() == BadImages.FAIL && count > 0) {
      throw badImage(named.get(0));
    }
  }

  private InvalidInputException badImage(BadImage image) {
    return InvalidInputException.data(
        String.format(
            Locale.ROOT,
            "Invalid data set: %s: %s; mend it or pass --on_bad_image skip",
            config.datasetName(),
            image.text()));
  }

  private List<EncodedRange> encode(String location, int tasks) {
    PreparePlan plan = PreparePlan.of(config, location, dataset.rows());
    List<RowRange> ranges = dataset.ranges();
    LongAccumulator done = spark.sc().longAccumulator("images");
    CollectionAccumulator<BadImage> stoppedAt = spark.sc().collectionAccumulator("bad image");
    EncodeRanges task =
        new EncodeRanges(
            plan, ranges, encoders, new SerializableConfiguration(hadoop), done, stoppedAt);
    RunningImages running = new RunningImages(done.id());
    spark.sc().addSparkListener(running);
    try {
      spark.sc().setJobDescription("encode pictures of " + config.datasetName());
      List<List<Integer>> numbers = RangeTasks.of(ranges, tasks, spark.defaultParallelism());
      JavaFutureAction<List<String>> job =
          spark
              .parallelize(numbers, numbers.size())
              .flatMap(List::iterator)
              .mapPartitions(task)
              .collectAsync();
      List<String> results = await(job, plan.keptRows(), done, running, stoppedAt);
      progress.encoded(plan.keptRows(), plan.keptRows());
      return results.stream().map(EncodedRange::fromJson).toList();
    } finally {
      spark.sc().setJobDescription(null);
      spark.sc().removeSparkListener(running);
    }
  }

  private List<String> await(
      JavaFutureAction<List<String>> job,
      long total,
      LongAccumulator done,
      RunningImages running,
      CollectionAccumulator<BadImage> stoppedAt) {
    long reported = 0;
    try {
      while (true) {
        try {
          return job.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          stopAtBadImage(job, stoppedAt);
          reported = Math.max(reported, Math.min(done.value() + running.done(), total));
          progress.encoded(reported, total);
        }
      }
    } catch (ExecutionException e) {
      throw firstCause(e);
    } catch (InterruptedException e) {
      job.cancel(true);
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Cannot prepare latents: interrupted", e);
    }
  }

  private void stopAtBadImage(
      JavaFutureAction<List<String>> job, CollectionAccumulator<BadImage> stoppedAt) {
    if (!stoppedAt.isZero()) {
      job.cancel(true);
      List<BadImage> images = new ArrayList<>(stoppedAt.value());
      images.sort(Comparator.comparingLong(BadImage::id));
      throw badImage(images.get(0));
    }
  }

  private RuntimeException firstCause(ExecutionException failure) {
    Optional<InvalidInputException> invalid = InvalidInputException.within(failure);
    if (invalid.isPresent()) {
      return invalid.get();
    }
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return new IllegalStateException(
        String.format(
            Locale.ROOT,
            "Cannot prepare latents of %s: %s",
            config.datasetName(),
            cause.getMessage()),
        failure);
  }
}
