package org.sparklora.spark.settings;

import java.util.OptionalLong;
import org.apache.spark.SparkConf;
import org.sparklora.util.MemoryRoom;

/** How much memory a worker's process may take, as far as settings tell. */
public final class ExecutorMemory {
  private static final long MIB = 1 << 20;
  private static final long LEAST_OVERHEAD_MIB = 384;
  private static final double OVERHEAD = 0.1;

  private ExecutorMemory() {}

  /**
   * A worker's share, in bytes: of its container with YARN and Kubernetes, of this machine with
   * local masters; empty where it is not known, or where GPUs compute.
   *
   * @param workers how many there will be at most
   */
  public static OptionalLong ofAWorker(SparkConf conf, int workers) {
    return ofAWorker(conf, workers, MemoryRoom.machineBytes());
  }

  /** The room of a task among as many as the cluster runs at once. */
  public static MemoryRoom ofATask(SparkConf conf) {
    return new MemoryRoom(ofAWorker(conf, 1), ofAWorker(conf, Integer.MAX_VALUE));
  }

  /**
   * The Java heap of a process that runs tasks, in bytes.
   *
   * @param own heap of this process, which runs the tasks of {@code local} masters itself
   */
  public static long heap(SparkConf conf, long own) {
    return SparkSettings.isInProcess(conf)
        ? own
        : conf.getSizeAsMb("spark.executor.memory", "1g") * MIB;
  }

  /** The number of tasks that such a process runs at once; 1 where settings do not tell. */
  public static int tasksAtOnce(SparkConf conf) {
    return SparkSettings.slotsOfAProcess(conf);
  }

  static OptionalLong ofAWorker(SparkConf conf, int workers, long machine) {
    String master = conf.get("spark.master", "");
    if (SparkSettings.hasGpus(conf)) {
      return OptionalLong.empty();
    }
    if (master.startsWith("local")) {
      long atOnce = SparkSettings.localSlots(conf).orElse(1);
      return OptionalLong.of(machine / Math.max(1, Math.min(workers, atOnce)));
    }
    if (!master.equals("yarn") && !master.startsWith("k8s://")) {
      return OptionalLong.empty();
    }
    long heap = conf.getSizeAsMb("spark.executor.memory", "1g");
    long overhead =
        conf.contains("spark.executor.memoryOverhead")
            ? conf.getSizeAsMb("spark.executor.memoryOverhead", "0")
            : Math.max(
                LEAST_OVERHEAD_MIB,
                (long) (heap * conf.getDouble("spark.executor.memoryOverheadFactor", OVERHEAD)));
    return OptionalLong.of((heap + overhead) * MIB / Math.min(workers, tasksAtOnce(conf)));
  }
}
