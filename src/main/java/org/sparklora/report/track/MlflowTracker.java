package org.sparklora.report.track;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
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
 * Writes a run to an MLflow server. While the server is away, numbers, pictures and the like are
 * kept, up to a limit, and sent when it is back. A resumed run continues the same MLflow run, whose
 * id is in a file of the logging folder. Numbers that are already there are not sent again, because
 * a repeated step gives the same ones.
 */
final class MlflowTracker implements RunListener {
  private static final Logger LOG = LoggerFactory.getLogger(MlflowTracker.class);

  /** Most numbers that may wait for an unreachable server: those of a day, at one step a second. */
  private static final int MOST_WAITING = 1_000_000;

  /** Most other requests that may wait, such as validation pictures and incidents. */
  private static final int MOST_REQUESTS = 16;

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

  /** Requests other than numbers that wait, the oldest first. */
  private final Deque<Telling> requests = new ArrayDeque<>();

  /** The event that was taken last; after a failure it comes again. */
  private Optional<RunEvent> taken = Optional.empty();

  private long lost;
  private long flushed = System.nanoTime();
  private boolean idKept;
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
      return;
    }
    boolean again = taken.filter(last -> last == event).isPresent();
    if (!again) {
      take(event);
      taken = Optional.of(event);
    }
    if (training.isPresent()) {
      attempt(again || !(event instanceof RunEvent.Stepped));
    }
  }

  private void take(RunEvent event) {
    if (event instanceof RunEvent.Training began) {
      training = Optional.of(began);
    } else if (training.isPresent()) {
      track(event);
    }
  }

  private void track(RunEvent event) {
    if (event instanceof RunEvent.Stepped step) {
      metrics.of(step).forEach((key, value) -> add(key, value, step.at(), step.count()));
    } else if (event instanceof RunEvent.Validated validated) {
      validated
          .loss()
          .ifPresent(
              loss -> add(StepMetrics.HELD_OUT_LOSS, loss, validated.at(), validated.step()));
      add(open -> pictures(open, validated));
    } else if (event instanceof RunEvent.Incident incident) {
      add(open -> open.tag("incident.last", Redaction.text(incident.what())));
    } else if (event instanceof RunEvent.Finished end) {
      add(open -> end(open, "FINISHED", end.at(), "adapter", end.adapter()));
    } else if (event instanceof RunEvent.Failed end) {
      add(open -> end(open, "FAILED", end.at(), "failure", end.reason()));
    } else if (event instanceof RunEvent.Killed end) {
      add(open -> end(open, "KILLED", end.at(), "failure", "ended by a signal"));
    }
  }

  private void add(String key, double value, Instant at, long step) {
    if (waiting.size() < MOST_WAITING) {
      waiting.add(new MlflowRun.Metric(key, value, at.toEpochMilli(), step));
    } else {
      lost++;
    }
  }

  private void add(Telling request) {
    if (requests.size() >= MOST_REQUESTS) {
      requests.remove();
      lost++;
    }
    requests.add(request);
  }

  /** A request to the server. */
  private interface Telling {
    void to(MlflowRun run) throws IOException;
  }

  /** Sends what waits, if that is due. */
  private void attempt(boolean now) {
    if (!now && System.nanoTime() - flushed < flushNanos) {
      return;
    }
    flushed = System.nanoTime();
    try {
      if (run.isEmpty()) {
        open();
      }
      send(run.orElseThrow());
      if (saidAway) {
        LOG.info("MLflow is back: what waited has been sent");
        saidAway = false;
      }
    } catch (IOException e) {
      if (!saidAway) {
        LOG.warn(
            "MLflow cannot be written now, the run goes on: {}",
            Redaction.text(String.valueOf(e.getMessage())));
        saidAway = true;
      }
    }
  }

  private void send(MlflowRun open) throws IOException {
    flush(open);
    while (!requests.isEmpty()) {
      requests.element().to(open);
      requests.remove();
    }
    if (!idKept) {
      byte[] id = open.id().getBytes(StandardCharsets.UTF_8);
      idFile.replace(out -> out.write(id));
      idKept = true;
    }
  }

  /** Opens the run, whose flags come before all other requests. */
  private void open() throws IOException {
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
    run = Optional.of(open);
    LOG.info("MLflow: run {} of experiment {}", open.id(), experiment);
    if (reopened.isEmpty() || kept.isEmpty()) {
      requests.addFirst(there -> there.parameters(described.flags()));
    }
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

  private void pictures(MlflowRun open, RunEvent.Validated validated) throws IOException {
    List<ValidationPicture> pictures = validated.pictures();
    if (!pictures.isEmpty() && !open.takesArtifacts()) {
      if (!saidNoArtifacts) {
        saidNoArtifacts = true;
        LOG.warn(
            "MLflow gets no pictures: artifacts of its run are not taken by the server (mlflow"
                + " server --serve-artifacts) but kept at {}",
            Redaction.text(open.artifactUri()));
      }
      return;
    }
    for (int i = 0; i < pictures.size(); i++) {
      String path =
          String.format(
              Locale.ROOT,
              "validation/step-%06d/%03d-seed%d.png",
              validated.step(),
              i,
              pictures.get(i).seed());
      open.picture(path, PicturePair.of(pictures.get(i)).png());
    }
  }

  private static void end(MlflowRun open, String status, Instant at, String key, String value)
      throws IOException {
    open.tag(key, Redaction.text(value));
    open.update(status, Optional.of(at));
  }

  @Override
  public void close() {
    if (!waiting.isEmpty() || !requests.isEmpty()) {
      lost += waiting.size() + requests.size();
    }
    if (lost > 0) {
      LOG.warn("MLflow has not got {} numbers, pictures or other parts of the run", lost);
    }
  }
}
