package org.sparklora.util;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Measures the peak of a part of a process's work; only Linux can. */
public final class PeakMemory {
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");

  private PeakMemory() {}

  /** Lets {@link ProcessMemory#PEAK} begin again at the memory that is resident now. */
  public static void restart() throws IOException {
    Files.writeString(CLEAR, "5");
  }
}
