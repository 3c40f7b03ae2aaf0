package org.sparklora.cli;

import java.util.Arrays;
import java.util.List;

/**
 * Recognises command lines that need only the jar: no Spark, no libtorch, and no second process.
 */
final class SelfContained {
  private static final List<String> ASKING = List.of("-h", "--help", "-V", "--version");
  private static final List<String> COMMANDS = List.of("help", "completion");

  /** Commands that need Spark only for locations that are not on this machine. */
  private static final List<String> FOR_FILES = List.of("inspect", "convert");

  private SelfContained() {}

  static boolean is(String... args) {
    return args.length == 0
        || COMMANDS.contains(args[0])
        || Arrays.stream(args).anyMatch(ASKING::contains);
  }

  /** Whether the jar alone can run the command if all its files are on this machine. */
  static boolean isForFiles(String... args) {
    return args.length > 0 && FOR_FILES.contains(args[0]);
  }
}
