package org.sparklora.util;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** A measure of this process's memory. Only Linux tells it. */
public enum ProcessMemory {
  /** The memory that is resident now. */
  RESIDENT("VmRSS:"),
  /** The most that was resident at once since the start. */
  PEAK("VmHWM:"),
  /** The part of the resident memory that is mapped from files. */
  MAPPED("RssFile:");

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final double GIB = 1L << 30;

  private final String field;

  ProcessMemory(String field) {
    this.field = field;
  }

  /** Returns the value in bytes; empty if the system does not report it. */
  public OptionalLong bytes() {
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith(field))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst();
    } catch (IOException | UncheckedIOException e) {
      return OptionalLong.empty();
    }
  }

  /** Returns the value in GiB; NaN if the system does not report it. */
  public double gib() {
    OptionalLong bytes = bytes();
    return bytes.isPresent() ? bytes.getAsLong() / GIB : Double.NaN;
  }
}
