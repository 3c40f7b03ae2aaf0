package org.sparklora.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.InvalidInputException;

/** Collects what checks find, so that all of it is said at once. */
final class Findings {
  private final List<String> problems = new ArrayList<>();
  private InvalidInputException.Kind kind = InvalidInputException.Kind.DATA;

  <T> Optional<T> collect(Supplier<T> check) {
    try {
      return Optional.of(check.get());
    } catch (InvalidInputException e) {
      if (problems.isEmpty()) {
        kind = e.kind();
      }
      problems.addAll(e.problems());
      return Optional.empty();
    }
  }

  /** Writes to a folder, so that a run does not find out at its end. */
  void probe(String flag, String location, Configuration hadoop) {
    collect(
        () -> {
          Path folder = new Path(location);
          Path marker = new Path(folder, ".probe-" + UUID.randomUUID());
          try {
            FileSystem files = folder.getFileSystem(hadoop);
            files.mkdirs(folder);
            files.create(marker, false).close();
            files.delete(marker, false);
            return folder;
          } catch (IOException | RuntimeException e) {
            throw InvalidInputException.configuration(
                "Cannot write to " + flag + ": " + location + ": " + e.getMessage());
          }
        });
  }

  void throwAll() {
    if (!problems.isEmpty()) {
      throw new InvalidInputException(kind, problems);
    }
  }
}
