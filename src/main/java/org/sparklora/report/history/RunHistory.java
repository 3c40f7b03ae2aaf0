package org.sparklora.report.history;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sparklora.report.event.RunEvent;
import org.sparklora.train.step.StepTiming;
import org.sparklora.util.Count;
import org.sparklora.util.Redaction;

/** A run's history as told by its events, including those of earlier attempts. Not thread-safe. */
public final class RunHistory {
  /**
   * The latent cache.
   *
   * @param at epoch milliseconds
   */
  public record Data(
      long at,
      String location,
      long pictures,
      long leftOut,
      List<String> firstLeftOut,
      boolean reused) {}

  /** The last complete checkpoint. */
  public record Saved(long at, long step, String folder) {}

  /**
   * The course of training.
   *
   * @param steps number of them in all
   * @param imagesPerStep pictures a step
   * @param workers number of them
   * @param skipped number of steps whose gradient was not finite
   */
  public record Course(long steps, int imagesPerStep, int workers, long skipped) {
    private Course with(int workers, boolean skippedOne) {
      return new Course(steps, imagesPerStep, workers, skipped + (skippedOne ? 1 : 0));
    }
  }

  private final Map<Quantity, Curve> curves = new EnumMap<>(Quantity.class);
  private final List<Attempt> attempts = new ArrayList<>();
  private final Notes notes;
  private final PictureSets pictures;
  private Optional<RunEvent.RunDescription> run = Optional.empty();
  private Optional<Data> data = Optional.empty();
  private Optional<Saved> saved = Optional.empty();
  private Course course = new Course(0, 0, 0, 0);

  public RunHistory() {
    this(new HistoryFile.Stored());
  }

  RunHistory(HistoryFile.Stored stored) {
    stored.attempts().forEach(attempts::add);
    stored.curves().forEach((key, curve) -> curves.put(key, curve.curve()));
    notes = new Notes(stored.notes(), stored.notesLeftOut());
    pictures = new PictureSets(stored.pictures());
    data = Optional.ofNullable(stored.data());
    saved = Optional.ofNullable(stored.saved());
    run = Optional.ofNullable(stored.run());
    course = stored.course();
    for (Quantity quantity : Quantity.values()) {
      curves.computeIfAbsent(quantity, key -> new Curve());
    }
  }

  /** Adds the next event. */
  public void add(RunEvent event) {
    long at = event.at().toEpochMilli();
    if (event instanceof RunEvent.Started started) {
      start(started, at);
    } else if (!attempts.isEmpty()) {
      change(attempt().heard(at));
      addToAttempt(event, at);
    }
  }

  private void start(RunEvent.Started started, long at) {
    if (!attempts.isEmpty() && attempt().end() == Attempt.End.RUNNING) {
      Attempt lost = attempt().ended(Attempt.End.LOST);
      change(lost);
      note(lost.heardAt(), Note.Kind.END, "No more events: the driver was killed or lost");
    }
    run = Optional.of(started.run());
    course = new Course(0, course.imagesPerStep(), 0, course.skipped());
    attempts.add(Attempt.start(attempts.size() + 1, started.run().applicationId(), at));
    note(at, Note.Kind.PHASE, "Started as " + started.run().applicationId());
  }

  private void addToAttempt(RunEvent event, long at) {
    if (event instanceof RunEvent.Prepared prepared) {
      prepare(prepared, at);
    } else if (event instanceof RunEvent.Training training) {
      train(training, at);
    } else if (event instanceof RunEvent.Stepped stepped) {
      step(stepped);
    } else if (event instanceof RunEvent.Saved save) {
      saved = Optional.of(new Saved(at, save.step(), save.folder()));
    } else if (event instanceof RunEvent.Validated validated) {
      validated.loss().ifPresent(loss -> curve(Quantity.HELD_OUT_LOSS).add(validated.step(), loss));
      pictures.add(validated);
    } else if (event instanceof RunEvent.Incident incident) {
      notes.add(note(at, incident.step(), Note.Kind.INCIDENT, incident.what()));
    } else if (event instanceof RunEvent.Reached reached) {
      notes.add(note(at, reached.step(), Note.Kind.PHASE, reached.what()));
    } else if (event instanceof RunEvent.Finished finished) {
      end(at, finished.step(), Attempt.End.FINISHED, "Finished: " + finished.adapter());
    } else if (event instanceof RunEvent.Failed failed) {
      end(at, failed.step(), Attempt.End.FAILED, failed.reason());
    } else if (event instanceof RunEvent.Killed killed) {
      end(
          at,
          killed.step(),
          Attempt.End.KILLED,
          "The driver process was told to end: SIGTERM or Ctrl-C, which Spark's kill and YARN's"
              + " preemption send, too");
    }
  }

  private void prepare(RunEvent.Prepared prepared, long at) {
    data =
        Optional.of(
            new Data(
                at,
                prepared.location(),
                prepared.pictures(),
                prepared.leftOut(),
                prepared.firstLeftOut().stream().map(Redaction::text).toList(),
                prepared.reused()));
    note(
        at,
        Note.Kind.PHASE,
        prepared.reused()
            ? "Found the latents of " + Count.of(prepared.pictures(), "picture")
            : "Encoded " + Count.of(prepared.pictures(), "picture"));
  }

  private void train(RunEvent.Training training, long at) {
    long first = training.firstStep();
    curves.values().forEach(curve -> curve.dropAfter(first));
    pictures.dropAfter(first);
    saved = saved.filter(checkpoint -> checkpoint.step() <= first);
    course =
        new Course(
            training.steps(), training.imagesPerStep(), training.workers(), course.skipped());
    change(attempt().from(first));
    note(
        at,
        Note.Kind.PHASE,
        (first == 0 ? "Training begins" : "Training goes on")
            + ", with "
            + training.workers()
            + (training.workers() == 1 ? " worker" : " workers"));
  }

  private void step(RunEvent.Stepped stepped) {
    long step = stepped.count();
    StepTiming timing = stepped.timing();
    curve(Quantity.LOSS).add(step, stepped.result().loss());
    curve(Quantity.LEARNING_RATE).add(step, stepped.result().learningRate());
    curve(Quantity.GRADIENT_NORM).add(step, stepped.result().gradientNorm());
    curve(Quantity.IMAGES_PER_SECOND).add(step, stepped.imagesPerSecond());
    curve(Quantity.SYNC_SECONDS).add(step, timing.syncSeconds());
    addBytes(Quantity.DRIVER_BYTES, step, timing.memory().driver());
    addBytes(Quantity.WORKER_BYTES, step, timing.memory().worker());
    addBytes(Quantity.DEVICE_BYTES, step, timing.memory().device());
    course = course.with(timing.workers(), stepped.result().skipped());
    change(
        attempt()
            .stepped(
                step, timing.seconds() * timing.workers(), course.imagesPerStep(), timing.split()));
  }

  /** Adds a number of bytes. 0 means that the system does not report it. */
  private void addBytes(Quantity quantity, long step, long bytes) {
    if (bytes > 0) {
      curve(quantity).add(step, (double) bytes);
    }
  }

  private void end(long at, long step, Attempt.End end, String text) {
    notes.add(note(at, step, Note.Kind.END, text));
    change(attempt().ended(end));
  }

  private void change(Attempt attempt) {
    attempts.set(attempts.size() - 1, attempt);
  }

  private void note(long at, Note.Kind kind, String text) {
    notes.add(note(at, attempt().step(), kind, text));
  }

  private Note note(long at, long step, Note.Kind kind, String text) {
    return new Note(at, attempt().number(), step, kind, Redaction.text(text));
  }

  /** The current attempt. */
  public Attempt attempt() {
    return attempts.get(attempts.size() - 1);
  }

  /** Number of steps trained, as far as is known. */
  public long step() {
    Curve loss = curve(Quantity.LOSS);
    return Math.max(attempt().step(), loss.isEmpty() ? 0 : loss.last().last());
  }

  public List<Attempt> attempts() {
    return List.copyOf(attempts);
  }

  public Curve curve(Quantity quantity) {
    return curves.get(quantity);
  }

  public Notes notes() {
    return notes;
  }

  public PictureSets pictures() {
    return pictures;
  }

  public Optional<RunEvent.RunDescription> run() {
    return run;
  }

  public Optional<Data> data() {
    return data;
  }

  public Optional<Saved> saved() {
    return saved;
  }

  public Course course() {
    return course;
  }
}
