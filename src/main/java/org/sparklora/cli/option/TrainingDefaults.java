package org.sparklora.cli.option;

import java.util.OptionalLong;
import org.sparklora.data.image.ImageInterpolation;

/**
 * The defaults in which the training commands differ, as diffusers' scripts do.
 *
 * @param dataFlag the flag that names the data
 * @param trainBatchSize {@code --train_batch_size}
 * @param numTrainEpochs {@code --num_train_epochs}
 * @param learningRate {@code --learning_rate}
 * @param interpolation {@code --image_interpolation_mode}
 * @param validationEpochs {@code --validation_epochs}
 * @param validationSteps {@code --validation_steps}; empty if epochs count
 * @param outputDir {@code --output_dir}
 * @param randomFlip {@code --random_flip}
 * @param trainTextEncoder {@code --train_text_encoder}
 */
public record TrainingDefaults(
    String dataFlag,
    int trainBatchSize,
    long numTrainEpochs,
    double learningRate,
    ImageInterpolation interpolation,
    long validationEpochs,
    OptionalLong validationSteps,
    String outputDir,
    boolean randomFlip,
    boolean trainTextEncoder) {
  /** The defaults of {@code train_text_to_image_lora.py}. */
  public static final TrainingDefaults TEXT_TO_IMAGE =
      new TrainingDefaults(
          "--dataset_name",
          16,
          100,
          1e-4,
          ImageInterpolation.LANCZOS,
          1,
          OptionalLong.empty(),
          "sd-model-finetuned-lora",
          false,
          false);

  /** The defaults of {@code train_dreambooth_lora.py}. */
  public static final TrainingDefaults DREAMBOOTH =
      new TrainingDefaults(
          "--instance_data_dir",
          4,
          1,
          5e-4,
          ImageInterpolation.BILINEAR,
          50,
          OptionalLong.empty(),
          "lora-dreambooth-model",
          false,
          false);

  /** The defaults of {@code textual_inversion.py}. */
  public static final TrainingDefaults TEXTUAL_INVERSION =
      new TrainingDefaults(
          "--train_data_dir",
          16,
          100,
          1e-4,
          ImageInterpolation.BICUBIC,
          1,
          OptionalLong.of(100),
          "text-inversion-model",
          true,
          false);

  /** The defaults of cloneofsimo's {@code lora_pti}. */
  public static final TrainingDefaults PIVOTAL_TUNING =
      new TrainingDefaults(
          "--instance_data_dir",
          1,
          100,
          1e-4,
          ImageInterpolation.BILINEAR,
          1,
          OptionalLong.of(100),
          "lora-pti-model",
          true,
          true);
}
