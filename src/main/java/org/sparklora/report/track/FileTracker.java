package org.sparklora.report.track;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunListener;

/**
 * A tracker that writes a log from the first step on. If an event cannot be written, the tracker
 * throws. When it gets the same event again, it does not add it twice.
 */
abstract class FileTracker implements RunListener {
  private final Path folder;
  private Optional<RunEvent.RunDescription> description = Optional.empty();
  private Optional<LogFile> file = Optional.empty();

  /** The event whose records were added last. */
  private Optional<RunEvent> added = Optional.empty();

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

  /** Opens the log, and adds its beginning. The latter comes last because it cannot fail. */
  abstract void begin(RunEvent.RunDescription run, RunEvent.Training training) throws IOException;

  /**
   * Adds an event's records. This is the last thing that it does, because it cannot fail.
   *
   * @return whether they should be readable at once
   */
  abstract boolean add(LogFile log, RunEvent event) throws IOException;

  /** Called when all added records are readable. */
  void flushed() {}

  @Override
  public final void on(RunEvent event) {
    try {
      if (event instanceof RunEvent.Started started) {
        description = Optional.of(started.run());
      } else if (added.filter(last -> last == event).isPresent()) {
        flush(true);
      } else if (event instanceof RunEvent.Training training) {
        begin(description.orElseThrow(), training);
        added = Optional.of(event);
        flush(true);
      } else if (file.isPresent()) {
        boolean now = add(file.get(), event);
        added = Optional.of(event);
        flush(now);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write to " + folder + ": " + e.getMessage(), e);
    }
  }

  private void flush(boolean now) throws IOException {
    if (file.orElseThrow().flush(now)) {
      flushed();
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
