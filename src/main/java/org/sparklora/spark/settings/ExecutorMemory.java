package org.sparklora.spark.settings;

import java.util.OptionalLong;
import org.apache.spark.SparkConf;
import org.sparklora.util.MemoryRoom;

/** Derives from Spark's settings how much memory a worker's process may take. */
public final class ExecutorMemory {
  private static final long MIB = 1 << 20;
  private static final long LEAST_OVERHEAD_MIB = 384;
  private static final double OVERHEAD = 0.1;

  private ExecutorMemory() {}

  /**
   * A worker's share, in bytes: of its container with YARN and Kubernetes, of this machine with
   * local masters; empty where it is not known, or where GPUs compute.
   *
   * @param workers largest number of workers
   */
  public static OptionalLong ofAWorker(SparkConf conf, int workers) {
    return ofAWorker(conf, workers, MemoryRoom.machineBytes());
  }

  /** Returns the memory of a task while the cluster runs as many tasks as it can. */
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

  /**
   * Returns the number of tasks that an executor runs at once; 1 if the settings do not determine
   * it.
   */
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
