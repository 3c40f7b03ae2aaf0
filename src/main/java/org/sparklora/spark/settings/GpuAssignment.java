package org.sparklora.spark.settings;

import ai.djl.Device;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.sparklora.util.InvalidInputException;

/** Turns Spark's GPU resource into a DJL device. */
public final class GpuAssignment {
  /** The resource's name in {@code spark.task.resource.gpu.amount}. */
  static final String RESOURCE = "gpu";

  private GpuAssignment() {}

  /**
   * The device of a task.
   *
   * @throws InvalidInputException (CONFIGURATION) for several GPUs a task, for none although the
   *     settings ask for one, or for an address that is not the number of one of this process's
   *     devices; (RESOURCES) where libtorch is for CPUs
   */
  public static Device device(TaskContext task) {
    ResourceInformation gpu = task.resourcesJMap().get(RESOURCE);
    List<String> addresses = gpu == null ? List.of() : List.of(gpu.addresses());
    OptionalInt number = number(addresses, SparkEnv.get().conf());
    if (number.isEmpty()) {
      return Device.cpu();
    }
    requireVisible(
        number.getAsInt(),
        CudaDevices.areUsable(),
        CudaDevices.count(),
        Optional.ofNullable(System.getenv("CUDA_VISIBLE_DEVICES")));
    return CudaDevices.device(number.getAsInt());
  }

  /**
   * The number of a task's GPU; empty if the settings ask for none.
   *
   * @param addresses that Spark assigned to the task
   * @throws InvalidInputException (CONFIGURATION) for several GPUs a task, for none although the
   *     settings ask for one, or for an address that is not a number
   */
  static OptionalInt number(List<String> addresses, SparkConf conf) {
    if (addresses.isEmpty()) {
      requireNoneAsked(conf);
      return OptionalInt.empty();
    }
    if (addresses.size() > 1) {
      throw InvalidInputException.configuration(
          "Invalid spark.task.resource.gpu.amount: "
              + addresses.size()
              + "; a worker computes on one GPU, so set it to 1 and run more workers");
    }
    String address = addresses.get(0);
    if (!address.matches("[0-9]{1,4}")) {
      throw InvalidInputException.configuration(
          "Invalid GPU address: "
              + address
              + "; the resource discovery script must print device numbers such as 0");
    }
    return OptionalInt.of(Integer.parseInt(address));
  }

  private static void requireNoneAsked(SparkConf conf) {
    if (SparkSettings.hasGpus(conf)) {
      throw InvalidInputException.configuration(
          "Missing GPU address: spark.task.resource.gpu.amount is "
              + conf.get("spark.task.resource.gpu.amount")
              + ", and Spark gave this worker none: take the setting out, or give"
              + " spark.executor.resource.gpu.amount, too");
    }
  }

  /**
   * Refuses a GPU on which libtorch cannot compute: its own error would come much later.
   *
   * @param number of the GPU
   * @param usable whether libtorch computes on GPUs
   * @param count number of GPUs that CUDA shows to this process, if it is known
   * @param visible CUDA_VISIBLE_DEVICES, if it is set
   */
  static void requireVisible(
      int number, boolean usable, OptionalInt count, Optional<String> visible) {
    if (!usable) {
      throw InvalidInputException.resources(
          "Missing CUDA: Spark gives this worker GPU "
              + number
              + ", but its libtorch is for CPUs; let PYTORCH_LIBRARY_PATH name a CUDA libtorch on"
              + " the nodes, without pytorch-native-cpu among Spark's jars, or take"
              + " spark.task.resource.gpu.amount out of Spark's settings");
    }
    if (count.isPresent() && number >= count.getAsInt()) {
      throw InvalidInputException.configuration(
          "Invalid GPU address: "
              + number
              + "; CUDA shows "
              + count.getAsInt()
              + " GPUs to this executor, counted from 0"
              + visible.map(devices -> " (CUDA_VISIBLE_DEVICES=" + devices + ")").orElse("")
              + ": the resource discovery script must print their numbers, as conf/gpu-discovery"
              + " does. Of MIG devices a process sees only the first, so give each executor one");
    }
  }
}
