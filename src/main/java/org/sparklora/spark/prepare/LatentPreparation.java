package org.sparklora.spark.prepare;

import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.BadImageTable;
import org.sparklora.data.DataConfig;
import org.sparklora.data.row.BadImage;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.util.Count;

/**
 * The prepare job with the base model's autoencoder and its log.
 *
 * @param dataset the checked data set that {@code data} names
 * @param threads of each task
 */
public record LatentPreparation(
    ModelConfig model, DataConfig data, ImageDataset dataset, int threads) {
  private static final Logger LOG = LoggerFactory.getLogger(LatentPreparation.class);

  /**
   * Runs the job.
   *
   * @param cacheFolder folder of all caches
   */
  public PrepareResult run(JavaSparkContext spark, String cacheFolder) {
    VaeEncoderFactory encoders = VaeEncoderFactory.of(spark.hadoopConfiguration(), model, threads);
    PrepareResult latents =
        new PrepareJob(spark, data, dataset, encoders, cacheFolder, new PrepareLog()).run();
    LOG.info(
        "{} {} in {}",
        latents.reused() ? "Using again" : "Encoded",
        Count.of(latents.samples(), "picture"),
        latents.location());
    if (latents.badImages() > 0) {
      LOG.warn(
          "Left out {} that cannot be used, listed in {}/{}; the first ones: {}",
          Count.of(latents.badImages(), "picture"),
          latents.location(),
          BadImageTable.FOLDER,
          String.join("; ", latents.firstBadImages().stream().map(BadImage::text).toList()));
    }
    return latents;
  }
}
