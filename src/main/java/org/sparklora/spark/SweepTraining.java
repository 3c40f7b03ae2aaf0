package org.sparklora.spark;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.sparklora.spark.prepare.LeftOut;
import org.sparklora.spark.run.EarlyRecipe;
import org.sparklora.spark.run.RecipeFile;
import org.sparklora.spark.run.TrainingData;
import org.sparklora.spark.tune.Sweep;
import org.sparklora.spark.tune.SweepRun;
import org.sparklora.spark.tune.TrialPlans;

/** Trains the trials of a sweep, each with one worker. */
final class SweepTraining implements Training {
  private final RunParts parts;
  private final Sweep sweep;
  private final TrainingData data;
  private final TrialPlans.Factories factories;
  private volatile Optional<SweepRun> running = Optional.empty();

  SweepTraining(RunParts parts, Sweep sweep, TrainingData data, TrialPlans.Factories factories) {
    this.parts = parts;
    this.sweep = sweep;
    this.data = data;
    this.factories = factories;
  }

  @Override
  public void run() throws IOException {
    List<String> leftOut = LeftOut.lines(parts.inputs().datasets(), data.latents());
    TrialPlans plans = new TrialPlans(data, parts.output(), leftOut, parts.hadoop());
    parts.journal().beginWith(data.latents());
    RecipeFile.write(
        parts.output().folder(),
        EarlyRecipe.of(parts.config(), parts.inputs().datasets(), parts.hadoop()).known(),
        parts.hadoop(),
        parts.output().lease());
    SweepRun run =
        new SweepRun(parts.spark(), sweep, parts.output(), parts.journal().events(), leftOut);
    running = Optional.of(run);
    Path adapter;
    try {
      adapter = run.run(plans, factories);
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
