package org.sparklora.spark.settings;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.OptionalLong;
import org.apache.spark.SparkConf;

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
    var machine = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return ofAWorker(conf, workers, machine.getTotalMemorySize());
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
    long tasks =
        Math.max(1, conf.getInt("spark.executor.cores", 1) / conf.getInt("spark.task.cpus", 1));
    return OptionalLong.of((heap + overhead) * MIB / Math.min(workers, tasks));
  }
}
