package org.sparklora.tensor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The abilities of a processor, by which the op library chooses one of two ways to the same result.
 *
 * @param multipliesBf16 whether it has instructions for products of bf16; true if this is not known
 * @param wideVectors whether it has vectors of 512 bits
 */
record Processor(boolean multipliesBf16, boolean wideVectors) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** Flags of instructions for products of bf16: on x86, on x86's matrix unit, on ARM. */
  private static final Set<String> BF16 = Set.of("avx512_bf16", "amx_bf16", "bf16");

  /** The processor that this process runs on. */
  static Processor ofThisMachine() {
    try {
      return of(
          Files.isReadable(CPU_INFO)
              ? Files.readAllLines(CPU_INFO, StandardCharsets.UTF_8)
              : List.of());
    } catch (IOException e) {
      return of(List.of());
    }
  }

  /**
   * The processor that lines of {@code /proc/cpuinfo} describe.
   *
   * @param cpuInfo lines; empty if they are not known
   */
  static Processor of(List<String> cpuInfo) {
    Set<String> flags = new HashSet<>();
    for (String line : cpuInfo) {
      if (line.startsWith("flags") || line.startsWith("Features")) {
        flags.addAll(Arrays.asList(line.substring(line.indexOf(':') + 1).trim().split(" +")));
      }
    }
    return new Processor(
        flags.isEmpty() || !Collections.disjoint(flags, BF16), flags.contains("avx512f"));
  }
}
