package org.sparklora.report.event;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.sparklora.train.step.StepResult;
import org.sparklora.train.step.StepTiming;

/** An event of a training run. Events happen in order, on the driver. */
public sealed interface RunEvent {
  /** When it happened. */
  Instant at();

  /**
   * Spark runs and the inputs have been checked.
   *
   * @param run describes the run
   */
  record Started(Instant at, RunDescription run) implements RunEvent {}

  /**
   * The latent cache is ready.
   *
   * @param pictures number of them
   * @param leftOut number of rows that cannot be used
   * @param firstLeftOut reasons for the first few
   * @param reused whether the cache was there already
   */
  record Prepared(
      Instant at,
      String location,
      long pictures,
      long leftOut,
      List<String> firstLeftOut,
      boolean reused)
      implements RunEvent {
    public Prepared {
      firstLeftOut = List.copyOf(firstLeftOut);
    }
  }

  /**
   * Steps begin.
   *
   * @param firstStep 0, or the step of the checkpoint that the run continues
   * @param steps number at which training ends
   * @param imagesPerStep micro-batches a step times {@code --train_batch_size}
   * @param workers number of them at the beginning
   */
  record Training(Instant at, long firstStep, long steps, int imagesPerStep, int workers)
      implements RunEvent {}

  /**
   * An optimizer step has been applied.
   *
   * @param imagesPerSecond of this step
   */
  record Stepped(Instant at, StepResult result, StepTiming timing, double imagesPerSecond)
      implements RunEvent {
    /**
     * Number of steps trained, this one included. Trackers and diffusers call this number the step.
     */
    public long count() {
      return result.step() + 1;
    }
  }

  /** A checkpoint is complete. */
  record Saved(Instant at, long step, String folder) implements RunEvent {}

  /**
   * The adapter was validated.
   *
   * @param step number of steps it had been trained for
   * @param seconds that the validation took
   * @param loss of held-out pictures at fixed noise and timesteps; empty if none are held out
   * @param pictures of the validation prompts
   */
  record Validated(
      Instant at, long step, double seconds, OptionalDouble loss, List<ValidationPicture> pictures)
      implements RunEvent {
    public Validated {
      pictures = List.copyOf(pictures);
    }
  }

  /**
   * Something that did not stop the run: an executor or a worker lost, another number of workers, a
   * slow worker, a validation that failed.
   *
   * @param step the step it happened at
   */
  record Incident(Instant at, long step, String what) implements RunEvent {}

  /**
   * A part of the run is done, such as one subject of many.
   *
   * @param step number of steps completed
   */
  record Reached(Instant at, long step, String what) implements RunEvent {}

  /**
   * The adapter has been written.
   *
   * @param step number of steps trained
   * @param adapter its file
   */
  record Finished(Instant at, long step, String adapter) implements RunEvent {}

  /**
   * The run failed.
   *
   * @param step number of steps completed
   * @param reason the first cause
   */
  record Failed(Instant at, long step, String reason) implements RunEvent {}

  /**
   * The process got a signal to end before the run was done.
   *
   * @param step number of steps completed
   */
  record Killed(Instant at, long step) implements RunEvent {}

  /**
   * Describes a run.
   *
   * @param name of the output folder
   * @param outputDir the folder
   * @param baseModel as given
   * @param dataset as given
   * @param parameters trained ones
   * @param modules adapted ones
   * @param tokenEmbeddings how many text encoders' token embeddings hold the learned tokens; SDXL
   *     has two
   * @param flags as given, without secrets
   * @param applicationId Spark's
   */
  record RunDescription(
      String name,
      String outputDir,
      String baseModel,
      String dataset,
      long parameters,
      int modules,
      int tokenEmbeddings,
      Map<String, String> flags,
      String applicationId) {
    public RunDescription {
      flags = Map.copyOf(flags);
    }
  }

  /**
   * A validation picture.
   *
   * @param base a PNG of the base model
   * @param adapted a PNG of the same prompt and seed with the adapter
   */
  record ValidationPicture(String prompt, long seed, byte[] base, byte[] adapted) {}
}
