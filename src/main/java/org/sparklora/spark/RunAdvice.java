package org.sparklora.spark;

import java.util.Locale;
import java.util.Optional;
import org.sparklora.pipeline.request.ValidationConfig;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.train.BatchConfig;

/** Warns at the beginning of a run of settings that work, but waste time. */
final class RunAdvice {
  /** A backward pass takes about twice what a forward pass takes. */
  private static final double PASSES_OF_TRAINING = 3;

  /** With guidance a sampling step computes two pictures. */
  private static final double PASSES_OF_GUIDANCE = 2;

  private static final double MUCH = 0.5;

  private RunAdvice() {}

  /** A warning about slots without work. */
  static Optional<String> of(BatchConfig batch, int slots, String master) {
    int micro = batch.microBatches();
    if (micro >= slots) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "%d micro-batch%s a step, %d slots of %s: %d idle while training. To use them raise"
                + " --num_workers to %d, which is another recipe: a step has more pictures then,"
                + " or as many with a smaller --train_batch_size",
            micro,
            micro == 1 ? "" : "es",
            slots,
            master,
            slots - micro,
            (slots + batch.gradientAccumulationSteps() - 1) / batch.gradientAccumulationSteps()));
  }

  /**
   * A warning about validation that takes longer than training.
   *
   * @param times number of validations with pictures
   * @param samplesPerStep pictures of a training step
   * @param steps to train
   */
  static Optional<String> ofValidation(
      TrainingConfig config, long times, long samplesPerStep, long steps) {
    ValidationConfig validation = config.validation();
    double pictures = (double) validation.prompts().size() * validation.images();
    double share =
        shareOfValidation(
            pictures,
            validation.numInferenceSteps(),
            validation.guidanceScale() > 1,
            times,
            steps,
            samplesPerStep);
    if (share <= MUCH) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "Validation will take about %.0f%% of the run's computing: %.0f pictures of %d steps,"
                + " %d times, and %d training steps of %d pictures. Raise --validation_steps, or"
                + " lower --num_validation_images or --num_inference_steps",
            100 * share,
            pictures,
            validation.numInferenceSteps(),
            times,
            steps,
            samplesPerStep));
  }

  /** The share of validation pictures in a run's passes through the network. */
  static double shareOfValidation(
      double pictures, int samplingSteps, boolean guided, long times, long steps, long samples) {
    if (pictures == 0 || times == 0) {
      return 0;
    }
    // The base model also draws each picture once.
    double drawing = pictures * (times + 1) * samplingSteps * (guided ? PASSES_OF_GUIDANCE : 1);
    double training = (double) steps * samples * PASSES_OF_TRAINING;
    return drawing / (drawing + training);
  }
}
