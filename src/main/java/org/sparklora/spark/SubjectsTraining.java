package org.sparklora.spark;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.sparklora.spark.prepare.LeftOut;
import org.sparklora.spark.prepare.PrepareResult;
import org.sparklora.spark.run.EarlyRecipe;
import org.sparklora.spark.run.RecipeFile;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.spark.subjects.SubjectPlan;
import org.sparklora.spark.subjects.SubjectTask;
import org.sparklora.spark.subjects.SubjectTraining;
import org.sparklora.spark.subjects.SubjectsRun;
import org.sparklora.spark.worker.AdapterWorkerFactory;

/** Trains an adapter for each subject, each with one worker. */
final class SubjectsTraining implements Training {
  private final RunParts parts;
  private final List<String> subjects;
  private final PrepareResult latents;
  private final AdapterWorkerFactory factory;
  private volatile Optional<SubjectsRun> running = Optional.empty();

  /**
   * @param subjects their names
   */
  SubjectsTraining(
      RunParts parts, List<String> subjects, PrepareResult latents, AdapterWorkerFactory factory) {
    this.parts = parts;
    this.subjects = subjects;
    this.latents = latents;
    this.factory = factory;
  }

  @Override
  public void run() throws IOException {
    TrainingConfig config = parts.config();
    SubjectPlan plan =
        new SubjectPlan.Planner(
                config,
                factory,
                parts.output(),
                LeftOut.lines(parts.inputs().datasets(), latents),
                parts.hadoop())
            .of(subjects);
    parts.journal().beginWith(latents);
    RecipeFile.write(
        parts.output().folder(),
        EarlyRecipe.of(config, parts.inputs().datasets(), parts.hadoop()).known(),
        parts.hadoop(),
        parts.output().lease());
    int attempts = SparkSettings.taskAttempts(parts.spark().getConf());
    SubjectTraining training = SubjectTraining.of(factory, config);
    SubjectsRun run =
        new SubjectsRun(
            SubjectsRun.Kind.SUBJECT,
            parts.spark(),
            (steps, outcomes) ->
                new SubjectTask(System.nanoTime(), attempts, training, steps, outcomes),
            config.batch().microBatches() * config.batch().trainBatchSize(),
            config.workerTimeoutSeconds(),
            parts.journal().events());
    running = Optional.of(run);
    try {
      run.run(plan);
    } finally {
      parts.journal().reached(run.trained());
    }
    parts.journal().finished(parts.output().folder().toString());
  }

  /** Does nothing: the tasks end with their job. */
  @Override
  public void stop() {}

  @Override
  public void stopAndSave() {
    running.ifPresent(SubjectsRun::stopAndSave);
    running.ifPresent(run -> parts.journal().reached(run.trained()));
  }
}
