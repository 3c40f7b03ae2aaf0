package org.sparklora.report.track;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
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
 * checkpoint's step. Readers then forget later steps of earlier files.
 */
final class TensorBoardTracker extends FileTracker {
  private final Configuration hadoop;
  private final StepMetrics metrics = new StepMetrics();

  TensorBoardTracker(Path folder, Configuration hadoop) {
    super(folder);
    this.hadoop = hadoop;
  }

  @Override
  void begin(RunEvent.RunDescription run, RunEvent.Training training) throws IOException {
    Instant at = training.at();
    long step = training.firstStep();
    LogFile opened = keep(open(at));
    opened.append(TfEvent.start(at, step == 0 ? 0 : step + 1));
    opened.append(
        new TfEvent(at, step)
            .text("configuration", table(run.flags()))
            .hyperparameters(run.name(), run.flags())
            .toBytes());
    opened.flush(true);
  }

  private LogFile open(Instant at) throws IOException {
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
    LogFile streamed = new StreamedLogFile(part(name, 0));
    streamed.append(version);
    return streamed;
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
  void write(LogFile to, RunEvent event) throws IOException {
    if (event instanceof RunEvent.Stepped step) {
      to.append(new TfEvent(step.at(), step.count()).scalars(metrics.of(step)).toBytes());
      to.flush(false);
    } else if (event instanceof RunEvent.Validated validated) {
      to.append(validation(validated));
      to.flush(true);
    } else if (event instanceof RunEvent.Incident incident) {
      to.append(
          new TfEvent(incident.at(), incident.step()).text("incidents", incident.what()).toBytes());
      to.flush(true);
    } else if (event instanceof RunEvent.Finished end) {
      end(to, new TfEvent(end.at(), end.step()).end(true));
    } else if (event instanceof RunEvent.Failed end) {
      end(to, new TfEvent(end.at(), end.step()).text("incidents", end.reason()).end(false));
    } else if (event instanceof RunEvent.Killed end) {
      end(to, new TfEvent(end.at(), end.step()).end(false));
    }
  }

  private static byte[] validation(RunEvent.Validated validated) {
    TfEvent event = new TfEvent(validated.at(), validated.step());
    validated.loss().ifPresent(loss -> event.scalars(Map.of(StepMetrics.HELD_OUT_LOSS, loss)));
    for (ValidationPicture picture : validated.pictures()) {
      event.image("validation/" + picture.prompt() + "/" + picture.seed(), PicturePair.of(picture));
    }
    return event.toBytes();
  }

  private void end(LogFile to, TfEvent event) throws IOException {
    to.append(event.toBytes());
    to.flush(true);
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
