package org.sparklora.report.track;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunEvent.RunDescription;
import org.sparklora.report.event.RunEvent.ValidationPicture;
import org.sparklora.report.event.RunListener;
import org.sparklora.store.StoreFile;
import org.sparklora.util.Redaction;

/**
 * Writes a run to an MLflow server. While the server is away, numbers are kept, up to a limit, and
 * sent when it is back. A resumed run continues the same MLflow run, whose id is in a file of the
 * logging folder. Numbers that are already there are not sent again, because a repeated step gives
 * the same ones.
 */
final class MlflowTracker implements RunListener {
  private static final Logger LOG = LoggerFactory.getLogger(MlflowTracker.class);

  /** Most numbers that may wait for a server that is away: a day of steps of a second each. */
  private static final int MOST_WAITING = 1_000_000;

  private final MlflowClient client;
  private final String experiment;
  private final Optional<String> givenName;
  private final Optional<String> givenRun;
  private final StoreFile idFile;
  private final long flushNanos;
  private final StepMetrics metrics = new StepMetrics();
  private final Deque<MlflowRun.Metric> waiting = new ArrayDeque<>();
  private Optional<RunDescription> description = Optional.empty();
  private Optional<RunEvent.Training> training = Optional.empty();
  private Optional<MlflowRun> run = Optional.empty();
  private long flushed = System.nanoTime();
  private boolean saidAway;
  private boolean saidNoArtifacts;

  /**
   * A tracker.
   *
   * @param givenName the run's name; else the output folder's
   * @param givenRun {@code MLFLOW_RUN_ID}: a run to write to
   * @param idFile where the run's id is kept
   * @param flushSeconds how often numbers are sent
   */
  MlflowTracker(
      MlflowClient client,
      String experiment,
      Optional<String> givenName,
      Optional<String> givenRun,
      StoreFile idFile,
      double flushSeconds) {
    this.client = client;
    this.experiment = experiment;
    this.givenName = givenName;
    this.givenRun = givenRun;
    this.idFile = idFile;
    this.flushNanos = (long) (flushSeconds * 1e9);
  }

  @Override
  public void on(RunEvent event) {
    if (event instanceof RunEvent.Started started) {
      description = Optional.of(started.run());
    } else if (event instanceof RunEvent.Training began) {
      training = Optional.of(began);
      attempt(true, MlflowRun::id);
    } else if (training.isPresent()) {
      track(event);
    }
  }

  private void track(RunEvent event) {
    if (event instanceof RunEvent.Stepped step) {
      metrics.of(step).forEach((key, value) -> add(key, value, step.at(), step.count()));
      attempt(false, MlflowRun::id);
    } else if (event instanceof RunEvent.Validated validated) {
      validated
          .loss()
          .ifPresent(
              loss -> add(StepMetrics.HELD_OUT_LOSS, loss, validated.at(), validated.step()));
      attempt(true, open -> pictures(open, validated));
    } else if (event instanceof RunEvent.Incident incident) {
      attempt(true, open -> tag(open, "incident.last", incident.what()));
    } else if (event instanceof RunEvent.Finished end) {
      attempt(true, open -> end(open, "FINISHED", end.at(), "adapter", end.adapter()));
    } else if (event instanceof RunEvent.Failed end) {
      attempt(true, open -> end(open, "FAILED", end.at(), "failure", end.reason()));
    } else if (event instanceof RunEvent.Killed end) {
      attempt(true, open -> end(open, "KILLED", end.at(), "failure", "ended by a signal"));
    }
  }

  private void add(String key, double value, Instant at, long step) {
    if (waiting.size() < MOST_WAITING) {
      waiting.add(new MlflowRun.Metric(key, value, at.toEpochMilli(), step));
    }
  }

  /** A request to the server. */
  private interface Telling {
    Object to(MlflowRun run) throws IOException;
  }

  /** Sends waiting numbers, if it is time, and one more request. */
  private void attempt(boolean now, Telling more) {
    if (!now && System.nanoTime() - flushed < flushNanos) {
      return;
    }
    flushed = System.nanoTime();
    try {
      MlflowRun open = run.isPresent() ? run.get() : open();
      run = Optional.of(open);
      flush(open);
      more.to(open);
      if (saidAway) {
        LOG.info("MLflow is back: what waited has been sent");
        saidAway = false;
      }
    } catch (IOException e) {
      if (!saidAway) {
        LOG.warn(
            "MLflow cannot be reached now, the run goes on: {}",
            Redaction.text(String.valueOf(e.getMessage())));
        saidAway = true;
      }
    }
  }

  private MlflowRun open() throws IOException {
    RunDescription described = description.orElseThrow();
    RunEvent.Training began = training.orElseThrow();
    Optional<String> kept =
        began.firstStep() == 0
            ? Optional.empty()
            : idFile.read().map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip());
    Optional<String> known = givenRun.or(() -> kept);
    Optional<MlflowRun> reopened =
        known.isPresent() ? MlflowRun.reopen(client, known.get()) : Optional.empty();
    MlflowRun open =
        reopened.isPresent()
            ? reopened.get()
            : MlflowRun.create(
                client, experiment, givenName.orElse(described.name()), described, began.at());
    byte[] id = open.id().getBytes(StandardCharsets.UTF_8);
    idFile.replace(out -> out.write(id));
    if (reopened.isEmpty() || kept.isEmpty()) {
      open.parameters(described.flags());
    }
    LOG.info("MLflow: run {} of experiment {}", open.id(), experiment);
    return open;
  }

  private void flush(MlflowRun open) throws IOException {
    Map<String, Long> there = open.lastSteps();
    waiting.removeIf(metric -> metric.step() <= there.getOrDefault(metric.key(), -1L));
    while (!waiting.isEmpty()) {
      List<MlflowRun.Metric> batch = waiting.stream().limit(MlflowRun.MOST_METRICS).toList();
      open.metrics(batch);
      for (int i = 0; i < batch.size(); i++) {
        waiting.remove();
      }
    }
  }

  private Object pictures(MlflowRun open, RunEvent.Validated validated) throws IOException {
    List<ValidationPicture> pictures = validated.pictures();
    if (!pictures.isEmpty() && !open.takesArtifacts()) {
      if (!saidNoArtifacts) {
        saidNoArtifacts = true;
        LOG.warn(
            "MLflow gets no pictures: artifacts of its run are not taken by the server (mlflow"
                + " server --serve-artifacts) but kept at {}",
            Redaction.text(open.artifactUri()));
      }
      return pictures;
    }
    List<String> paths = new ArrayList<>();
    for (int i = 0; i < pictures.size(); i++) {
      String path =
          String.format(
              Locale.ROOT,
              "validation/step-%06d/%03d-seed%d.png",
              validated.step(),
              i,
              pictures.get(i).seed());
      open.picture(path, PicturePair.of(pictures.get(i)).png());
      paths.add(path);
    }
    return paths;
  }

  private static Object tag(MlflowRun open, String key, String value) throws IOException {
    open.tag(key, Redaction.text(value));
    return open;
  }

  private static Object end(MlflowRun open, String status, Instant at, String key, String value)
      throws IOException {
    open.tag(key, Redaction.text(value));
    open.update(status, Optional.of(at));
    return open;
  }
}
