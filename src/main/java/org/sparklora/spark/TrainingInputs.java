package org.sparklora.spark;

import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.Findings;
import org.sparklora.InvalidInputException;
import org.sparklora.data.DatasetFolder;
import org.sparklora.data.ImageDataset;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.model.ClipTokenizer;
import org.sparklora.model.ModelFolder;
import org.sparklora.model.NetworkLoader;
import org.sparklora.schedulers.NoiseSchedule;
import org.sparklora.schedulers.SchedulerConfig;
import org.sparklora.store.FolderProbe;
import org.sparklora.train.Objective;

/** What a run reads and where it writes, looked at before anything is computed. */
record TrainingInputs(ImageDataset dataset, AdapterLayout layout) {

  /**
   * Checks the model's configurations, the data set's footers, the adapter's targets and the output
   * folder.
   *
   * @throws InvalidInputException with every problem found
   */
  static TrainingInputs check(TrainingConfig config, Configuration hadoop) {
    Findings findings = new Findings();
    Optional<ModelFolder> base =
        findings.collect(
            () -> ModelFolder.open(config.model().location(), hadoop, config.model().variant()));
    Optional<AdapterLayout> layout = Optional.empty();
    if (base.isPresent()) {
      ModelFolder folder = base.get();
      findings.collect(() -> NetworkLoader.unetConfig(folder));
      findings.collect(() -> NetworkLoader.textEncoderConfig(folder));
      findings.collect(() -> NetworkLoader.latentScale(folder));
      findings
          .collect(() -> SchedulerConfig.of(folder.config("scheduler")))
          .ifPresent(
              scheduler ->
                  findings.collect(
                      () -> new Objective(NoiseSchedule.of(scheduler), config.objective())));
      findings.collect(() -> ClipTokenizer.load(folder));
      layout = findings.collect(() -> UNetWorkerFactory.layout(folder, config.lora()));
    }
    Optional<ImageDataset> dataset =
        findings.collect(() -> new DatasetFolder(hadoop).open(config.data()));
    findings.check(() -> FolderProbe.write("--output_dir", config.outputDir(), hadoop));
    config
        .latentCacheDir()
        .ifPresent(
            folder ->
                findings.check(() -> FolderProbe.write("--latent_cache_dir", folder, hadoop)));
    findings.throwAll();
    return new TrainingInputs(dataset.orElseThrow(), layout.orElseThrow());
  }
}
