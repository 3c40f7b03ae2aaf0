package org.sparklora.report.track;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.report.event.RunListener;
import org.sparklora.report.track.TrackingConfig.Tracker;
import org.sparklora.store.StoreFile;

/** Makes the trackers of a run. */
public final class Trackers {
  private static final long TIMEOUT_SECONDS = 10;
  private static final long PAUSE_MILLIS = 1000;
  private static final double FLUSH_SECONDS = 5;

  private Trackers() {}

  /**
   * The trackers that {@code --report_to} names. None of them connects before it gets its first
   * event.
   *
   * @param environment of the driver
   */
  public static List<RunListener> of(
      TrackingConfig config, Configuration hadoop, Map<String, String> environment) {
    List<RunListener> trackers = new ArrayList<>();
    Path folder = new Path(config.loggingDir());
    for (Tracker tracker : config.inOrder()) {
      switch (tracker) {
        case TENSORBOARD ->
            trackers.add(new TensorBoardTracker(new Path(folder, config.projectName()), hadoop));
        case MLFLOW -> trackers.add(mlflow(config, hadoop, environment));
        case WANDB -> {
          if (!environment.getOrDefault(TrackerEnvironment.WANDB_MODE, "").equals("disabled")) {
            trackers.add(
                new WandbTracker(
                    new Path(folder, "wandb"),
                    hadoop,
                    config.projectName(),
                    config.runName(),
                    environment));
          }
        }
      }
    }
    return trackers;
  }

  private static RunListener mlflow(
      TrackingConfig config, Configuration hadoop, Map<String, String> environment) {
    MlflowClient client =
        new MlflowClient(
            environment.get(TrackerEnvironment.MLFLOW_URI),
            environment,
            Duration.ofSeconds(TIMEOUT_SECONDS),
            PAUSE_MILLIS);
    try {
      return new MlflowTracker(
          client,
          environment.getOrDefault("MLFLOW_EXPERIMENT_NAME", config.projectName()),
          config.runName(),
          Optional.ofNullable(environment.get("MLFLOW_RUN_ID")),
          StoreFile.of(new Path(config.loggingDir(), "mlflow-run.txt"), hadoop),
          FLUSH_SECONDS);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot open " + config.loggingDir(), e);
    }
  }
}
