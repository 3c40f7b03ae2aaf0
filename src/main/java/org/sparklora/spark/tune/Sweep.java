package org.sparklora.spark.tune;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.data.DataConfig;
import org.sparklora.model.ModelFamily;
import org.sparklora.spark.run.HubInputs;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.worker.InitialAdapterFile;

/**
 * The trials of a run.
 *
 * @param trials by their numbers
 * @param halving what the number of trials is divided by at each rung; empty if all are trained to
 *     the end
 */
public record Sweep(List<Trial> trials, OptionalInt halving) {
  public Sweep {
    trials = List.copyOf(trials);
  }

  /**
   * Refuses to go on with another search than the one that a folder was made with.
   *
   * @throws org.sparklora.util.InvalidInputException (CONFIGURATION) naming what differs first
   */
  public void requireSame(Path folder, Configuration hadoop) throws IOException {
    Optional<TuneFile> before = TuneFile.read(folder, hadoop);
    if (before.isPresent()) {
      before.get().requireSame(folder, this);
    }
  }

  /**
   * The configuration of the run: what all trials have in common, with the pictures of the first
   * trial.
   */
  public TrainingConfig run(TrainingConfig common) {
    return common.with(trials.get(0).config().data());
  }

  /**
   * The same on the model and the data of the run, as they were found.
   *
   * @param run its configuration
   */
  public Sweep on(TrainingConfig run, Configuration hadoop) {
    Optional<ModelFamily> family = HubInputs.family(run.model(), hadoop);
    return new Sweep(
        trials.stream()
            .map(trial -> trial.with(found(trial.config(), run, family, hadoop)))
            .toList(),
        halving);
  }

  private static TrainingConfig found(
      TrainingConfig trial,
      TrainingConfig run,
      Optional<ModelFamily> family,
      Configuration hadoop) {
    DataConfig data = HubInputs.sized(family, trial.data().inPlacesOf(run.data()));
    TrainingConfig config = trial.onInputsOf(run, data);
    return config.with(InitialAdapterFile.pin(config.trainables(), hadoop));
  }
}
