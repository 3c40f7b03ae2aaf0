package org.sparklora.util;

import java.util.List;
import java.util.Optional;

/**
 * The first JVM of {@code java -jar}, which starts a second one that has Spark and tells it its
 * process id.
 */
public final class StarterProcess {
  private static final String PROPERTY = "sparklora.starter";

  /** Executors are given it, too, and Spark refuses them whatever begins as its own settings do. */
  private static final String SHARED_FOLDER = "org.sparklora.shared.tmp";

  private static final String TEMPORARY = "java.io.tmpdir";

  private StarterProcess() {}

  /** The argument of Java by which this process tells the one that it starts. */
  public static String argument() {
    return "-D" + PROPERTY + "=" + ProcessHandle.current().pid();
  }

  /**
   * The arguments of Java that give a process a folder of its own for temporary files.
   *
   * @param scratch that folder
   */
  public static List<String> temporaryFolder(String scratch) {
    return List.of("-D" + TEMPORARY + "=" + scratch, "-D" + SHARED_FOLDER + "=" + sharedFolder());
  }

  /** Where temporary files are that one command finds again of another. */
  public static String sharedFolder() {
    return System.getProperty(SHARED_FOLDER, System.getProperty(TEMPORARY));
  }

  /** Whether this is the second JVM. */
  public static boolean isKnown() {
    return Long.getLong(PROPERTY) != null;
  }

  /** The first JVM; empty where there is none, or no more. */
  public static Optional<ProcessHandle> handle() {
    return Optional.ofNullable(Long.getLong(PROPERTY)).flatMap(ProcessHandle::of);
  }
}
