package org.sparklora.report.track;

import java.util.Map;
import java.util.Optional;
import org.sparklora.report.track.TrackingConfig.Tracker;
import org.sparklora.util.Redaction;

/** Variables of the driver's environment that trackers read. */
public final class TrackerEnvironment {
  static final String MLFLOW_URI = "MLFLOW_TRACKING_URI";
  static final String WANDB_MODE = "WANDB_MODE";

  private TrackerEnvironment() {}

  /** Whether {@code --report_to all} includes this tracker. */
  public static boolean isSetUp(Tracker tracker, Map<String, String> environment) {
    return switch (tracker) {
      case TENSORBOARD -> true;
      case MLFLOW -> environment.containsKey(MLFLOW_URI) && problem(tracker, environment).isEmpty();
      case WANDB -> environment.containsKey(WANDB_MODE) || environment.containsKey("WANDB_API_KEY");
    };
  }

  /** The reason why a tracker cannot be used, and what to do; empty if it can. */
  public static Optional<String> problem(Tracker tracker, Map<String, String> environment) {
    if (tracker != Tracker.MLFLOW) {
      return Optional.empty();
    }
    String uri = environment.getOrDefault(MLFLOW_URI, "");
    if (uri.isEmpty()) {
      return Optional.of(
          "Missing "
              + MLFLOW_URI
              + ": --report_to mlflow needs the address of a server in the driver's environment,"
              + " such as http://mlflow:5000");
    }
    return uri.matches("https?://.+")
        ? Optional.empty()
        : Optional.of(
            "Unsupported "
                + MLFLOW_URI
                + ": "
                + Redaction.text(uri)
                + "; only servers, http: or https:, are written to: start one with mlflow server");
  }
}
