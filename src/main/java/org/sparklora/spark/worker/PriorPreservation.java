package org.sparklora.spark.worker;

import java.util.Optional;
import java.util.OptionalInt;
import org.sparklora.data.DataConfig;
import org.sparklora.data.image.ImageInterpolation;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.pipeline.request.AdapterUse;
import org.sparklora.pipeline.request.GenerationConfig;
import org.sparklora.pipeline.request.Repeats;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.spark.generate.ClassImages;
import org.sparklora.tensor.Precision;
import org.sparklora.train.BatchConfig;

/**
 * DreamBooth's prior preservation (Ruiz et al. 2023, arXiv 2208.12242, section 3.2): a picture of
 * the class is trained on beside each picture of the subject, so that the class does not change.
 *
 * @param data the class images: their folder, their caption and their number
 * @param lossWeight {@code --prior_loss_weight}
 * @param sampleBatchSize {@code --sample_batch_size}
 * @param precision {@code --prior_generation_precision}
 */
public record PriorPreservation(
    DataConfig data, double lossWeight, int sampleBatchSize, Precision precision) {
  private static final int STEPS = 25;
  private static final double GUIDANCE_SCALE = 7.5;

  /**
   * Returns the same settings with the resolution of the subject's pictures, if no other was
   * chosen.
   */
  public PriorPreservation withDefaultResolution(int resolution) {
    DataConfig sized = data.withDefaultResolution(resolution);
    return new PriorPreservation(sized, lossWeight, sampleBatchSize, precision);
  }

  /** The same settings with another filter for resizing. */
  public PriorPreservation resizedBy(ImageInterpolation filter) {
    return new PriorPreservation(data.resizedBy(filter), lossWeight, sampleBatchSize, precision);
  }

  /** The folder of class images. */
  public ClassImages images() {
    return new ClassImages(
        data.datasetName(), Math.toIntExact(data.maxTrainSamples().orElseThrow()));
  }

  /** The settings for drawing missing class images, which are the defaults of {@code generate}. */
  public GenerationConfig drawing(ModelConfig model, BatchConfig batch) {
    return new GenerationConfig(
        Optional.of(model),
        model.variant().orElse(""),
        AdapterUse.none(),
        precision,
        batch.threadsPerWorker(),
        batch.attention(),
        SamplingConfig.of(STEPS, GUIDANCE_SCALE).inPieces(model.textPieces()),
        OptionalInt.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        new Repeats(1, batch.seed()),
        sampleBatchSize);
  }
}
