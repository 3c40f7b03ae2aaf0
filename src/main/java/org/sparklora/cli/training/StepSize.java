package org.sparklora.cli.training;

import org.sparklora.cli.config.Problems;
import org.sparklora.cli.dataset.CanvasOptions;
import org.sparklora.train.BatchConfig;

/** Checks numbers of steps, and that a step can be counted and its values fit into arrays. */
public final class StepSize {
  /** The most micro-batches; the driver keeps a node of the summing tree for each. */
  private static final long MOST_MICRO_BATCHES = 1_000_000;

  private static final int LATENT_CHANNELS = 4;

  private StepSize() {}

  /** Refuses more micro-batches, or pictures, than a step can have. */
  static boolean check(Problems problems, BatchConfig batch) {
    int found = problems.count();
    long microBatches = (long) batch.numWorkers() * batch.gradientAccumulationSteps();
    problems.require(
        microBatches <= MOST_MICRO_BATCHES,
        "--num_workers x --gradient_accumulation_steps",
        batch.numWorkers() + " x " + batch.gradientAccumulationSteps() + " = " + microBatches,
        "a step has at most " + MOST_MICRO_BATCHES + " micro-batches");
    problems.require(
        microBatches > MOST_MICRO_BATCHES
            || microBatches * batch.trainBatchSize() <= Integer.MAX_VALUE,
        "--train_batch_size",
        batch.trainBatchSize(),
        "with "
            + microBatches
            + " micro-batches a step would have more pictures than "
            + Integer.MAX_VALUE);
    return problems.count() == found;
  }

  /** Refuses a number of steps that is neither whole nor below 1, where it is a part of all. */
  static void requireSteps(Problems problems, String flag, double steps) {
    problems.require(
        steps < 1 || steps == Math.rint(steps),
        flag,
        steps,
        "it must be a whole number of steps, or below 1 for a part of them");
  }

  /** Refuses a micro-batch whose latents have more values than an array can hold. */
  public static void checkLatents(Problems problems, BatchConfig batch, int resolution) {
    long side = resolution / CanvasOptions.LATENT_PIXELS;
    long most = Integer.MAX_VALUE / (LATENT_CHANNELS * Math.max(1, side * side));
    problems.require(
        batch.trainBatchSize() <= most,
        "--train_batch_size",
        batch.trainBatchSize(),
        "at --resolution " + resolution + " it must be a whole number from 1 to " + most);
  }

  /** Refuses validation pictures that have more pixels than an array can hold. */
  public static void checkPictures(
      Problems problems, int prompts, int picturesEach, int resolution) {
    long pixels = (long) resolution * resolution;
    long most = Integer.MAX_VALUE / (2L * Math.max(1, prompts) * pixels);
    problems.require(
        prompts == 0 || picturesEach <= most,
        "--num_validation_images",
        picturesEach,
        "with "
            + prompts
            + " of --validation_prompt at --resolution "
            + resolution
            + " it must be a whole number from 1 to "
            + most
            + ": base and adapted pictures are kept in one");
  }
}
