package org.sparklora.spark;

import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.sparklora.spark.run.EarlyRecipe;
import org.sparklora.spark.run.RecipeFile;
import org.sparklora.spark.run.TrainingData;
import org.sparklora.spark.tune.SweepRun;
import org.sparklora.spark.tune.TrialInputs;
import org.sparklora.spark.tune.TrialPlans;

/** Trains the trials of a sweep, each with one worker. */
final class SweepTraining implements Training {
  private final RunParts parts;
  private final TrialInputs trials;
  private final TrainingData first;
  private final TrialPlans.Factories factories;
  private volatile Optional<SweepRun> running = Optional.empty();

  /**
   * @param first the data of the first trial
   */
  SweepTraining(
      RunParts parts, TrialInputs trials, TrainingData first, TrialPlans.Factories factories) {
    this.parts = parts;
    this.trials = trials;
    this.first = first;
    this.factories = factories;
  }

  @Override
  public void run() throws IOException {
    SweepRun run =
        SweepRun.prepare(parts.spark(), trials, first, parts.output(), parts.journal().events());
    parts.journal().beginWith(first.latents());
    RecipeFile.write(
        parts.output().folder(),
        EarlyRecipe.of(parts.config(), parts.inputs().datasets(), parts.hadoop()).known(),
        parts.hadoop(),
        parts.output().lease());
    running = Optional.of(run);
    Path adapter;
    try {
      adapter = run.run(factories);
    } catch (IOException | RuntimeException | Error e) {
      run.ended();
      throw e;
    } finally {
      parts.journal().reached(run.trained());
    }
    parts.journal().finished(adapter.toString());
  }

  /** Does nothing: the tasks end with their job. */
  @Override
  public void stop() {}

  @Override
  public void stopAndSave() {
    running.ifPresent(SweepRun::stopAndSave);
    running.ifPresent(run -> parts.journal().reached(run.trained()));
    running.ifPresent(SweepRun::ended);
  }
}
