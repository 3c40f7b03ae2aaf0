package org.sparklora.store;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * A process that may write to an output folder.
 *
 * @param host its name, for people
 * @param machine identifies the machine, its boot and its container, within which a process id is
 *     unique; empty if that is not known
 * @param pid its process id on that machine
 * @param processStart when it started, because the system reuses process ids
 * @param application Spark's name for the run
 */
public record Holder(
    @JsonProperty("host") String host,
    @JsonProperty("machine") String machine,
    @JsonProperty("pid") long pid,
    @JsonProperty("process_start") String processStart,
    @JsonProperty("application") String application) {
  /**
   * Two start times of a process count as the same up to this difference, because they shift when
   * the clock is set.
   */
  private static final Duration SAME_START = Duration.ofSeconds(5);

  /** Whether a process is running. */
  enum Life {
    RUNNING,
    GONE,
    /** The process is, or was, on another machine. */
    UNKNOWN
  }

  /** This process. */
  public static Holder current(String application) {
    ProcessHandle process = ProcessHandle.current();
    return new Holder(hostName(), thisMachine(), process.pid(), start(process), application);
  }

  /** Whether all fields are there. */
  boolean isWhole() {
    return host != null
        && machine != null
        && processStart != null
        && application != null
        && (processStart.isEmpty() || parse(processStart).isPresent());
  }

  /** Whether another process on this machine can tell that this one has ended. */
  public boolean isGone(Holder here) {
    return isWhole() && lifeSeenFrom(here) == Life.GONE;
  }

  Life lifeSeenFrom(Holder here) {
    if (machine.isEmpty() || !machine.equals(here.machine)) {
      return Life.UNKNOWN;
    }
    Optional<ProcessHandle> process = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
    return process.filter(found -> startedAt(start(found))).isPresent() ? Life.RUNNING : Life.GONE;
  }

  private boolean startedAt(String start) {
    Optional<Instant> now = parse(start);
    Optional<Instant> then = parse(processStart);
    return now.isEmpty()
        || then.isEmpty()
        || Duration.between(now.get(), then.get()).abs().compareTo(SAME_START) <= 0;
  }

  private static Optional<Instant> parse(String instant) {
    try {
      return Optional.of(Instant.parse(instant));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return application + " on " + host + ", process " + pid;
  }

  private static String start(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toString).orElse("");
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "an unnamed host";
    }
  }

  /**
   * Returns the identity of this machine; empty except on Linux. Without it, another run's lease
   * has to expire.
   */
  private static String thisMachine() {
    try {
      String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).trim();
      return boot + " " + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
    } catch (IOException | UnsupportedOperationException e) {
      return "";
    }
  }
}
