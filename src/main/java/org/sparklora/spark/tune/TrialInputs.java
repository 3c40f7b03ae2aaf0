package org.sparklora.spark.tune;

import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.model.ModelCheck;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.spark.run.SubjectMemory;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.run.TrainingInputs;
import org.sparklora.spark.settings.ExecutorMemory;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.spark.worker.InitialAdapterFile;
import org.sparklora.train.GradientMemory;
import org.sparklora.util.Findings;

/** Checks the trials of a sweep, each as a run of its own, before anything is computed. */
public final class TrialInputs {
  private TrialInputs() {}

  /**
   * Checks what a trial's own flags change: the adapter's layers, learning rates, objective,
   * memory.
   *
   * @param inputs those that all trials share, checked before
   * @throws org.sparklora.util.InvalidInputException with every problem found
   */
  public static void check(
      Sweep sweep, TrainingInputs inputs, SparkConf settings, Configuration hadoop) {
    Findings findings = new Findings();
    long heap = ExecutorMemory.heap(settings, Runtime.getRuntime().maxMemory());
    ModelFolder base = sweep.trials().get(0).config().model().open(hadoop); // that of all trials
    ModelCheck parts = ModelCheck.of(base, new Findings());
    Optional<SchedulerConfig> scheduler = Optional.of(SchedulerConfig.of(base.config("scheduler")));
    for (Trial trial : sweep.trials()) {
      TrainingConfig config = trial.config();
      findings.check(() -> SparkSettings.requireSupport(config.batch().precision(), settings));
      TrainingInputs.checkObjective(config, parts, scheduler, findings);
      Optional<AdapterLayout> layout =
          findings.collect(() -> AdapterWorkerFactory.layout(base, config.trainables()));
      findings.check(
          () ->
              GradientMemory.require(
                  inputs.unet(),
                  config.batch(),
                  config.data().largestResolution(),
                  ExecutorMemory.ofAWorker(settings, config.batch().microBatches())));
      layout.ifPresent(
          known -> {
            findings.check(() -> InitialAdapterFile.check(config.trainables(), known, hadoop));
            TrainingInputs.checkRates(config, known, findings);
            findings.check(
                () ->
                    SubjectMemory.require(
                        known, heap, ExecutorMemory.tasksAtOnce(settings), sweep.trials().size()));
          });
    }
    findings.throwAll();
  }
}
