package org.sparklora.cli;

import org.sparklora.data.image.ImageInterpolation;

/**
 * Where the training commands' defaults differ, as those of diffusers' scripts do.
 *
 * @param dataFlag the flag that names the data
 * @param trainBatchSize {@code --train_batch_size}
 * @param numTrainEpochs {@code --num_train_epochs}
 * @param learningRate {@code --learning_rate}
 * @param interpolation {@code --image_interpolation_mode}
 * @param validationEpochs {@code --validation_epochs}
 * @param outputDir {@code --output_dir}
 */
record TrainingDefaults(
    String dataFlag,
    int trainBatchSize,
    long numTrainEpochs,
    double learningRate,
    ImageInterpolation interpolation,
    long validationEpochs,
    String outputDir) {
  /** Of {@code train_text_to_image_lora.py}. */
  static final TrainingDefaults TEXT_TO_IMAGE =
      new TrainingDefaults(
          "--dataset_name",
          16,
          100,
          1e-4,
          ImageInterpolation.LANCZOS,
          1,
          "sd-model-finetuned-lora");

  /** Of {@code train_dreambooth_lora.py}. */
  static final TrainingDefaults DREAMBOOTH =
      new TrainingDefaults(
          "--instance_data_dir",
          4,
          1,
          5e-4,
          ImageInterpolation.BILINEAR,
          50,
          "lora-dreambooth-model");
}
