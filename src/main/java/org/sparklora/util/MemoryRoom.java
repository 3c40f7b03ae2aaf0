package org.sparklora.util;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.OptionalLong;

/**
 * The memory that a task may take, in bytes. It is empty if it is not known, or if GPUs compute.
 *
 * @param alone while no other task runs beside it
 * @param shared while all tasks that may run beside it take as much
 */
public record MemoryRoom(OptionalLong alone, OptionalLong shared) {
  /** Unknown memory, with which nothing is refused. */
  public static final MemoryRoom UNKNOWN =
      new MemoryRoom(OptionalLong.empty(), OptionalLong.empty());

  /** All of this machine, or of the container that the process is in. */
  public static MemoryRoom ofThisMachine() {
    OptionalLong all = OptionalLong.of(machineBytes());
    return new MemoryRoom(all, all);
  }

  /** The bytes of this machine, or of the container that the process is in. */
  public static long machineBytes() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getTotalMemorySize();
  }
}
