package org.sparklora.cli;

import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sparklora.util.InvalidInputException;

/**
 * The encoding in which Java takes arguments and names of files from the system. It depends on the
 * environment's locale. Under {@code LANG=C} it is ASCII, and all other characters are damaged.
 */
final class ProcessEncoding {
  private static final String PROPERTY = "sun.jnu.encoding";
  private static final List<String> ASCII = List.of("ANSI_X3.4-1968", "US-ASCII", "ASCII", "646");

  /** The character that Java puts in place of a byte that it cannot read. */
  private static final String UNREADABLE = "\uFFFD";

  private ProcessEncoding() {}

  /**
   * Refuses arguments that were not read as they were written.
   *
   * @throws InvalidInputException (CONFIGURATION) naming each
   */
  static void requireReadable(String... arguments) {
    List<String> problems = new ArrayList<>();
    for (String argument : arguments) {
      if (argument.contains(UNREADABLE)) {
        problems.add(
            "Invalid argument: "
                + argument.replace(UNREADABLE, "?")
                + ": it has characters that Java cannot read in this environment, whose encoding is"
                + " "
                + System.getProperty(PROPERTY)
                + "; set LC_ALL=C.UTF-8, and write it in UTF-8");
      }
    }
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.CONFIGURATION, problems);
    }
  }

  /** Explains a failure, if it is that a file's name cannot be read in this environment. */
  static Optional<InvalidInputException> explain(Throwable failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof InvalidPathException path && ASCII.contains(System.getProperty(PROPERTY))) {
        return Optional.of(
            InvalidInputException.configuration(
                "Cannot read the name of a file: "
                    + path.getInput().replace(UNREADABLE, "?")
                    + ": it has characters that Java cannot read in this environment, whose"
                    + " encoding is "
                    + System.getProperty(PROPERTY)
                    + "; set LC_ALL=C.UTF-8"));
      }
    }
    return Optional.empty();
  }

  /** Sets the environment of a process that this one starts so that it can read all file names. */
  static void widen(Map<String, String> environment) {
    if (ASCII.contains(System.getProperty(PROPERTY))) {
      environment.put("LC_ALL", "C.UTF-8");
    }
  }
}
