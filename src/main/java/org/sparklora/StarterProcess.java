package org.sparklora;

import java.util.Optional;

/**
 * The first JVM of {@code java -jar}, which starts a second one that has Spark and tells it its
 * process id.
 */
public final class StarterProcess {
  private static final String PROPERTY = "sparklora.starter";

  private StarterProcess() {}

  /** The argument of Java by which this process tells the one that it starts. */
  public static String argument() {
    return "-D" + PROPERTY + "=" + ProcessHandle.current().pid();
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
