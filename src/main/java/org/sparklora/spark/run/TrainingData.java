package org.sparklora.spark.run;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.sparklora.data.DataConfig;
import org.sparklora.data.order.Appearances;
import org.sparklora.data.order.HeldOutBatches;
import org.sparklora.data.order.SampleOrder;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.spark.prepare.JoinedPreparation;
import org.sparklora.spark.prepare.PrepareResult;
import org.sparklora.spark.worker.ClassLatents;
import org.sparklora.spark.worker.HeldOut;
import org.sparklora.train.BatchConfig;
import org.sparklora.util.InvalidInputException;

/**
 * The encoded data of a run: training samples, class images and held-out samples.
 *
 * @param latents the latent cache of the data set
 * @param prior latent cache of the class images, if there are any
 * @param order of the training samples
 * @param heldOut held-out samples; at most one
 * @param heldOutBatches batches of the held-out samples; 0 if nothing is held out
 */
public record TrainingData(
    PrepareResult latents,
    Optional<ClassLatents> prior,
    SampleOrder order,
    List<HeldOut> heldOut,
    Optional<HeldOutBatches> heldOutBatches) {
  private static final String LATENTS = "latents";

  /**
   * Encodes the data that is not encoded yet.
   *
   * @throws InvalidInputException when a data set cannot be used
   */
  public static TrainingData prepare(
      JavaSparkContext spark, TrainingConfig config, TrainingInputs inputs) {
    Optional<PrepareResult> classImages = classImages(spark, config, inputs);
    PrepareResult latents = encode(spark, config, config.data(), inputs.datasets());
    Optional<ClassLatents> prior = ClassLatents.of(classImages, config.prior());
    BatchConfig batch = config.batch();
    double split = config.validation().split();
    long[] sizes = latents.sizes();
    if (split > 0) {
      HeldOut heldOut = new HeldOut(latents.location(), split);
      HeldOutBatches batches =
          heldOut.batches(batch.seed(), sizes, latents.appearances(), batch.trainBatchSize());
      if (batches.samples() == 0) {
        throw InvalidInputException.configuration(
            String.format(
                    Locale.ROOT,
                    "Invalid --validation_split: %s of %d pictures is none; give more, or a",
                    split,
                    latents.samples())
                + " --validation_dataset_name");
      }
      sizes = latents.appearances().split(batch.seed(), sizes, split).trainingSizes();
      return new TrainingData(
          latents,
          prior,
          order(batch, latents, sizes, prior),
          List.of(heldOut),
          Optional.of(batches));
    }
    Optional<PrepareResult> separate =
        inputs
            .validationDataset()
            .map(dataset -> encode(spark, config, config.heldOutData(), List.of(dataset)));
    List<HeldOut> heldOut =
        separate.stream().map(result -> new HeldOut(result.location(), 0)).toList();
    return new TrainingData(
        latents,
        prior,
        order(batch, latents, sizes, prior),
        heldOut,
        separate.map(
            result ->
                heldOut
                    .get(0)
                    .batches(
                        batch.seed(),
                        result.sizes(),
                        result.appearances(),
                        batch.trainBatchSize())));
  }

  private static SampleOrder order(
      BatchConfig batch, PrepareResult latents, long[] sizes, Optional<ClassLatents> prior) {
    Appearances appearances = latents.appearances();
    return prior
        .map(images -> appearances.orderBeside(batch.seed(), sizes, images.samples()))
        .orElseGet(() -> appearances.order(batch.seed(), sizes, batch.trainBatchSize()));
  }

  private static Optional<PrepareResult> classImages(
      JavaSparkContext spark, TrainingConfig config, TrainingInputs inputs) {
    return inputs
        .classImages()
        .map(
            images ->
                encode(
                    spark, config, images.prior().data(), List.of(images.complete(spark, config))));
  }

  private static PrepareResult encode(
      JavaSparkContext spark, TrainingConfig config, DataConfig data, List<ImageDataset> datasets) {
    return new JoinedPreparation(config.model(), data, datasets, config.batch().threadsPerWorker())
        .run(spark, cacheFolder(config));
  }

  /** The folder of latent caches. */
  public static String cacheFolder(TrainingConfig config) {
    return config
        .latentCacheDir()
        .orElseGet(() -> new Path(config.outputDir(), LATENTS).toString());
  }
}
