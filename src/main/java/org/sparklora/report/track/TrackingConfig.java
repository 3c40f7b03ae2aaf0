package org.sparklora.report.track;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where a run is logged to.
 *
 * @param reportTo {@code --report_to}; empty for nowhere
 * @param loggingDir {@code --logging_dir}, resolved: a folder on any Hadoop file system
 * @param projectName {@code --tracker_project_name}: MLflow's experiment, W&amp;B's project, the
 *     folder of TensorBoard's files
 * @param runName {@code --tracker_run_name}; else the output folder's name
 */
public record TrackingConfig(
    Set<Tracker> reportTo, String loggingDir, String projectName, Optional<String> runName) {
  /** What {@code --report_to} takes. */
  public enum Tracker {
    TENSORBOARD,
    MLFLOW,
    WANDB;

    /** As the flag has it. */
    public String flag() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public TrackingConfig {
    reportTo = Set.copyOf(reportTo);
  }

  /** In a fixed order. */
  public Set<Tracker> inOrder() {
    return new TreeSet<>(reportTo);
  }
}
