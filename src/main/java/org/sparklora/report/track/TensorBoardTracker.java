package org.sparklora.report.track;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunEvent.ValidationPicture;
import org.sparklora.store.StoreFile;

/**
 * Writes TensorBoard's event files. A resumed run writes another file that begins with the
 * checkpoint's step. Readers then forget later steps of earlier files. So does a run whose last
 * write has failed.
 */
final class TensorBoardTracker extends FileTracker {
  private final Configuration hadoop;
  private final StepMetrics metrics = new StepMetrics();
  private long lastStep;
  private long readableStep;

  TensorBoardTracker(Path folder, Configuration hadoop) {
    super(folder);
    this.hadoop = hadoop;
  }

  @Override
  void begin(RunEvent.RunDescription run, RunEvent.Training training) {
    Instant at = training.at();
    long step = training.firstStep();
    lastStep = step;
    LogFile opened = keep(open(at));
    opened.append(TfEvent.start(at, step == 0 ? 0 : step + 1));
    opened.append(
        new TfEvent(at, step)
            .text("configuration", table(run.flags()))
            .hyperparameters(run.name(), run.flags())
            .toBytes());
  }

  private LogFile open(Instant at) {
    String name =
        String.format(
            Locale.ROOT,
            "events.out.tfevents.%010d.%s.%d",
            at.getEpochSecond(),
            hostName(),
            ProcessHandle.current().pid());
    byte[] version = TfEvent.fileVersion(at);
    if (part(name, 0).isObjectStore()) {
      return new ObjectLogFiles(number -> part(name, number), version);
    }
    return new GrowingFiles(
        number -> part(name, number), number -> number == 0 ? version : goingOn(at, version));
  }

  /**
   * The beginning of a file after a failed write. Readers forget the steps that may have been
   * written to the file before, as they come again.
   */
  private byte[] goingOn(Instant at, byte[] version) {
    byte[] start = TfEvent.start(at, readableStep + 1);
    return ByteBuffer.allocate(version.length + start.length).put(version).put(start).array();
  }

  private StoreFile part(String name, int number) {
    try {
      return StoreFile.of(
          new Path(folder(), String.format(Locale.ROOT, "%s.%06d", name, number)), hadoop);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot open " + folder() + ": " + e.getMessage(), e);
    }
  }

  @Override
  boolean add(LogFile to, RunEvent event) {
    if (event instanceof RunEvent.Stepped step) {
      to.append(new TfEvent(step.at(), step.count()).scalars(metrics.of(step)).toBytes());
      lastStep = step.count();
      return false;
    }
    if (event instanceof RunEvent.Validated validated) {
      to.append(validation(validated));
    } else if (event instanceof RunEvent.Incident incident) {
      to.append(
          new TfEvent(incident.at(), incident.step()).text("incidents", incident.what()).toBytes());
    } else if (event instanceof RunEvent.Finished end) {
      to.append(new TfEvent(end.at(), end.step()).end(true).toBytes());
    } else if (event instanceof RunEvent.Failed end) {
      to.append(
          new TfEvent(end.at(), end.step()).text("incidents", end.reason()).end(false).toBytes());
    } else if (event instanceof RunEvent.Killed end) {
      to.append(new TfEvent(end.at(), end.step()).end(false).toBytes());
    } else {
      return false;
    }
    return true;
  }

  @Override
  void flushed() {
    readableStep = lastStep;
  }

  private static byte[] validation(RunEvent.Validated validated) {
    TfEvent event = new TfEvent(validated.at(), validated.step());
    validated.loss().ifPresent(loss -> event.scalars(Map.of(StepMetrics.HELD_OUT_LOSS, loss)));
    for (ValidationPicture picture : validated.pictures()) {
      event.image("validation/" + picture.prompt() + "/" + picture.seed(), PicturePair.of(picture));
    }
    return event.toBytes();
  }

  private static String table(Map<String, String> flags) {
    StringBuilder text = new StringBuilder("| flag | value |\n|---|---|\n");
    flags.forEach(
        (flag, value) ->
            text.append("| ").append(flag).append(" | ").append(cell(value)).append(" |\n"));
    return text.toString();
  }

  private static String cell(String value) {
    return value.replace("|", "\\|").replaceAll("\\R", " ");
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "driver";
    }
  }
}
