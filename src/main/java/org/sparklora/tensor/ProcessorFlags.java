package org.sparklora.tensor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What the processor says it can do. */
final class ProcessorFlags {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** Instructions for products of bf16: of x86, of x86's matrix unit, of ARM. */
  private static final Set<String> BF16 = Set.of("avx512_bf16", "amx_bf16", "bf16");

  private ProcessorFlags() {}

  /** Whether it has instructions for products of bf16; also where it is not known. */
  static boolean multipliesBf16() {
    try {
      return !Files.isReadable(CPU_INFO)
          || multipliesBf16(Files.readAllLines(CPU_INFO, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return true;
    }
  }

  /**
   * As {@link #multipliesBf16()}.
   *
   * @param cpuInfo lines of {@code /proc/cpuinfo}
   */
  static boolean multipliesBf16(List<String> cpuInfo) {
    Set<String> flags = new HashSet<>();
    for (String line : cpuInfo) {
      if (line.startsWith("flags") || line.startsWith("Features")) {
        flags.addAll(Arrays.asList(line.substring(line.indexOf(':') + 1).trim().split(" +")));
      }
    }
    return flags.isEmpty() || flags.stream().anyMatch(BF16::contains);
  }
}
