package org.sparklora.cli.training;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.target.Location;
import org.sparklora.report.track.TrackerEnvironment;
import org.sparklora.report.track.TrackingConfig;
import org.sparklora.report.track.TrackingConfig.Tracker;
import picocli.CommandLine.Option;

/** The trackers of a run. */
public final class TrackingOptions {
  private static final String NONE = "none";
  private static final String ALL = "all";

  @Option(
      names = "--report_to",
      paramLabel = "LIST",
      description =
          "Trackers, with commas: tensorboard, mlflow (at MLFLOW_TRACKING_URI), wandb (an offline"
              + " run for wandb sync); all (those that the environment is set up for); or none"
              + " (default: ${DEFAULT-VALUE}).")
  private String reportTo = "tensorboard";

  @Option(
      names = "--logging_dir",
      paramLabel = "FOLDER",
      description =
          "Folder of the trackers' files: a folder of --output_dir, or a path or a URI"
              + " (default: ${DEFAULT-VALUE}).")
  private String loggingDir = "logs";

  @Option(
      names = "--tracker_project_name",
      paramLabel = "NAME",
      description =
          "MLflow's experiment, W&B's project, TensorBoard's folder (default: ${DEFAULT-VALUE}).")
  private String projectName = "text2image-fine-tune";

  @Option(
      names = "--tracker_run_name",
      paramLabel = "NAME",
      description = "The run's name in the trackers (default: the output folder's).")
  private String runName = "";

  /**
   * The trackers that are asked for.
   *
   * @param environment of the driver
   */
  public TrackingConfig config(
      Problems problems, String outputDir, Map<String, String> environment) {
    problems.missing(loggingDir.isEmpty(), "--logging_dir", "the folder of the trackers' files");
    problems.require(
        projectName.matches("[^/\\\\:\\p{Cntrl}]+"),
        "--tracker_project_name",
        projectName,
        "it names a folder, too, so it must not be empty or have slashes or colons");
    Set<Tracker> trackers = trackers(problems, environment);
    trackers.forEach(
        tracker -> TrackerEnvironment.problem(tracker, environment).ifPresent(problems::add));
    return new TrackingConfig(
        trackers,
        isLocation(loggingDir) ? Location.resolve(loggingDir) : outputDir + "/" + loggingDir,
        projectName,
        runName.isEmpty() ? Optional.empty() : Optional.of(runName));
  }

  private Set<Tracker> trackers(Problems problems, Map<String, String> environment) {
    Set<Tracker> trackers = EnumSet.noneOf(Tracker.class);
    List<String> names = List.of(reportTo.toLowerCase(Locale.ROOT).split("\\s*,\\s*", -1));
    if (names.equals(List.of(NONE))) {
      return trackers;
    }
    if (names.equals(List.of(ALL))) {
      for (Tracker tracker : Tracker.values()) {
        if (TrackerEnvironment.isSetUp(tracker, environment)) {
          trackers.add(tracker);
        }
      }
      return trackers;
    }
    for (String name : names) {
      trackers.add(
          problems.choice(
              "--report_to (or all, none)", name, Tracker.values(), Tracker.TENSORBOARD));
    }
    return trackers;
  }

  private static boolean isLocation(String folder) {
    return folder.startsWith("/") || folder.matches("[A-Za-z][A-Za-z0-9+.-]*:.*");
  }
}
