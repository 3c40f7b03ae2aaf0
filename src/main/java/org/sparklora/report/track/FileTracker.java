package org.sparklora.report.track;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunListener;

/** A tracker that writes a log from the first step on. */
abstract class FileTracker implements RunListener {
  private final Path folder;
  private Optional<RunEvent.RunDescription> description = Optional.empty();
  private Optional<LogFile> file = Optional.empty();

  FileTracker(Path folder) {
    this.folder = folder;
  }

  final Path folder() {
    return folder;
  }

  /** Takes the log that is written from now on and closed at the end. */
  final LogFile keep(LogFile log) {
    file = Optional.of(log);
    return log;
  }

  /** Opens the log and writes its beginning. */
  abstract void begin(RunEvent.RunDescription run, RunEvent.Training training) throws IOException;

  abstract void write(LogFile log, RunEvent event) throws IOException;

  @Override
  public final void on(RunEvent event) {
    try {
      if (event instanceof RunEvent.Started started) {
        description = Optional.of(started.run());
      } else if (event instanceof RunEvent.Training training) {
        begin(description.orElseThrow(), training);
      } else if (file.isPresent()) {
        write(file.get(), event);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write to " + folder + ": " + e.getMessage(), e);
    }
  }

  @Override
  public final void close() {
    file.ifPresent(
        open -> {
          try {
            open.close();
          } catch (IOException e) {
            throw new UncheckedIOException("Cannot write to " + folder, e);
          }
        });
  }
}
