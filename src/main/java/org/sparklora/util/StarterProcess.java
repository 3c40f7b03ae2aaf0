package org.sparklora.util;

import java.util.List;
import java.util.Optional;

/**
 * The first JVM of {@code java -jar}. It starts a second one that has Spark, and tells it its own
 * process id.
 */
public final class StarterProcess {
  private static final String PROPERTY = "sparklora.starter";

  /**
   * The property's name. Executors get it, too, and Spark refuses properties for executors whose
   * names begin like its own settings.
   */
  private static final String SHARED_FOLDER = "org.sparklora.shared.tmp";

  private static final String TEMPORARY = "java.io.tmpdir";

  private StarterProcess() {}

  /** The Java argument by which this process tells its process id to the one that it starts. */
  public static String argument() {
    return "-D" + PROPERTY + "=" + ProcessHandle.current().pid();
  }

  /**
   * The Java arguments that give a process a folder of its own for temporary files.
   *
   * @param scratch the folder
   */
  public static List<String> temporaryFolder(String scratch) {
    return List.of("-D" + TEMPORARY + "=" + scratch, "-D" + SHARED_FOLDER + "=" + sharedFolder());
  }

  /** The folder of temporary files that one command leaves for another. */
  public static String sharedFolder() {
    return System.getProperty(SHARED_FOLDER, System.getProperty(TEMPORARY));
  }

  /** Whether this process is the second JVM. */
  public static boolean isKnown() {
    return Long.getLong(PROPERTY) != null;
  }

  /** The first JVM; empty if there is none, or if it has ended. */
  public static Optional<ProcessHandle> handle() {
    return Optional.ofNullable(Long.getLong(PROPERTY)).flatMap(ProcessHandle::of);
  }
}
