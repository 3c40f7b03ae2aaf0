package org.sparklora.spark;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.InvalidInputException;
import org.sparklora.data.BadImages;
import org.sparklora.data.DataConfig;
import org.sparklora.data.ImageDataset;
import org.sparklora.data.LatentManifest;
import org.sparklora.model.ModelConfig;

/**
 * Encodes a data set into a latent cache: one task a row group. A cache of the same data, model and
 * configuration is used again.
 */
final class PrepareJob {
  private static final Logger LOG = LoggerFactory.getLogger(PrepareJob.class);
  private static final int NAMED_IMAGES = 5;
  private static final int KEY_CHARACTERS = 16;

  private final JavaSparkContext spark;
  private final Configuration hadoop;
  private final DataConfig data;
  private final ModelConfig model;
  private final long seed;
  private final int threads;

  PrepareJob(JavaSparkContext spark, DataConfig data, ModelConfig model, long seed, int threads) {
    this.spark = spark;
    this.hadoop = spark.hadoopConfiguration();
    this.data = data;
    this.model = model;
    this.seed = seed;
    this.threads = threads;
  }

  /** A complete cache. */
  record Prepared(String location, LatentManifest manifest) {}

  /**
   * Makes or finds the cache.
   *
   * @param root the folder that caches are made in
   * @throws InvalidInputException (DATA) when a picture cannot be decoded and {@code
   *     --on_bad_image} is fail, or none is left
   */
  Prepared run(ImageDataset dataset, Path root) throws IOException {
    String key = key(dataset);
    Path folder = new Path(root, key.substring(0, KEY_CHARACTERS));
    Optional<LatentManifest> found =
        LatentManifest.read(folder, hadoop).filter(manifest -> manifest.key().equals(key));
    LatentManifest manifest = found.isPresent() ? found.get() : encode(dataset, folder, key);
    if (found.isPresent()) {
      LOG.info("Using {} latents encoded before, in {}", manifest.samples(), folder);
    }
    report(manifest);
    return new Prepared(folder.toString(), manifest);
  }

  private LatentManifest encode(ImageDataset dataset, Path folder, String key) throws IOException {
    folder.getFileSystem(hadoop).mkdirs(folder);
    SampleSelection selection = SampleSelection.of(seed, dataset.rows(), data.maxTrainSamples());
    LongAccumulator done = spark.sc().longAccumulator("pictures encoded");
    PrepareTask task =
        new PrepareTask(
            new SerializableConfiguration(hadoop),
            data,
            model,
            folder.toString(),
            selection,
            seed,
            threads,
            done);
    List<ImageDataset.Chunk> chunks = dataset.chunks();
    spark.sc().setJobDescription("spark-lora: encode " + selection.size() + " pictures");
    List<PrepareTask.Encoded> encoded;
    try (PrepareProgress progress = new PrepareProgress(done::value, selection.size())) {
      encoded = spark.parallelize(chunks, chunks.size()).map(task).collect();
      progress.finish();
    }
    List<LatentManifest.File> files = new ArrayList<>();
    List<LatentManifest.BadImage> bad = new ArrayList<>();
    for (PrepareTask.Encoded part : encoded) {
      files.add(part.file());
      bad.addAll(part.badImages());
    }
    refuseBad(bad);
    LatentManifest manifest = new LatentManifest(key, files, bad);
    if (manifest.samples() == 0) {
      throw InvalidInputException.data(
          "Invalid data set: " + data.datasetName() + " has no picture that can be decoded");
    }
    manifest.write(folder, hadoop);
    return manifest;
  }

  private void refuseBad(List<LatentManifest.BadImage> bad) {
    if (!bad.isEmpty() && data.onBadImage() == BadImages.FAIL) {
      throw InvalidInputException.data(
          "Cannot decode "
              + bad.size()
              + " pictures, the first ones "
              + named(bad)
              + "; mend them, or leave them out with --on_bad_image=skip");
    }
  }

  private void report(LatentManifest manifest) {
    if (!manifest.badImages().isEmpty()) {
      LOG.warn(
          "Left out {} pictures that cannot be decoded, the first ones {}",
          manifest.badImages().size(),
          named(manifest.badImages()));
    }
  }

  private static String named(List<LatentManifest.BadImage> bad) {
    return String.join(
        "; ", bad.stream().limit(NAMED_IMAGES).map(LatentManifest.BadImage::toString).toList());
  }

  /** What the latents are a function of. */
  private String key(ImageDataset dataset) throws IOException {
    StringBuilder text = new StringBuilder(dataset.fingerprint());
    // Only these of the seed's uses reach the cache.
    boolean seeded = !data.centerCrop() || data.maxTrainSamples() < dataset.rows();
    text.append(data.imageColumn()).append('\n').append(data.captionColumn()).append('\n');
    text.append(data.resolution()).append(data.centerCrop()).append(data.randomFlip());
    text.append(data.interpolation()).append(Math.min(data.maxTrainSamples(), dataset.rows()));
    text.append(data.onBadImage()).append(seeded ? seed : 0).append('\n');
    for (String component : List.of("vae", "tokenizer")) {
      Path path = new Path(model.location(), component);
      FileSystem files = path.getFileSystem(hadoop);
      RemoteIterator<? extends FileStatus> listed = files.listStatusIterator(path);
      List<String> entries = new ArrayList<>();
      while (listed.hasNext()) {
        FileStatus file = listed.next();
        entries.add(
            file.getPath().getName() + " " + file.getLen() + " " + file.getModificationTime());
      }
      entries.stream().sorted().forEach(entry -> text.append(entry).append('\n'));
    }
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha.digest(text.toString().getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }
}
