package org.sparklora.util;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** This process's memory, of which Linux tells and other systems do not. */
public enum ProcessMemory {
  /** What is in physical memory now. */
  RESIDENT("VmRSS:"),
  /** The most there has been of it at once, since the start or {@link #restartPeak}. */
  PEAK("VmHWM:"),
  /** The part of what is resident that is mapped from files. */
  MAPPED("RssFile:");

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");
  private static final double GIB = 1L << 30;

  private final String field;

  ProcessMemory(String field) {
    this.field = field;
  }

  /** Empty where the system does not tell. */
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

  /** Not a number where the system does not tell. */
  public double gib() {
    OptionalLong bytes = bytes();
    return bytes.isPresent() ? bytes.getAsLong() / GIB : Double.NaN;
  }

  /** From here on the peak is counted anew, from what is resident. */
  public static void restartPeak() throws IOException {
    Files.writeString(CLEAR, "5");
  }
}
