package org.sparklora.report.track;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Says where a run is logged.
 *
 * @param reportTo {@code --report_to}; empty for nowhere
 * @param loggingDir {@code --logging_dir}, resolved: a folder on any Hadoop file system
 * @param projectName {@code --tracker_project_name}: MLflow's experiment, W&amp;B's project, the
 *     folder of TensorBoard's files
 * @param runName {@code --tracker_run_name}; by default the output folder's name
 */
public record TrackingConfig(
    Set<Tracker> reportTo, String loggingDir, String projectName, Optional<String> runName) {
  /** A value of {@code --report_to}. */
  public enum Tracker {
    TENSORBOARD,
    MLFLOW,
    WANDB
  }

  public TrackingConfig {
    reportTo = Set.copyOf(reportTo);
  }

  /** The trackers in a fixed order. */
  public Set<Tracker> inOrder() {
    return new TreeSet<>(reportTo);
  }
}
