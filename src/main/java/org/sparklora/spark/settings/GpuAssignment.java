package org.sparklora.spark.settings;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.sparklora.tensor.LibTorch;
import org.sparklora.util.InvalidInputException;

/** Turns Spark's GPU resource into a DJL device. */
public final class GpuAssignment {
  /** The resource's name in {@code spark.task.resource.gpu.amount}. */
  static final String RESOURCE = "gpu";

  private GpuAssignment() {}

  /**
   * The device of a task.
   *
   * @throws InvalidInputException (CONFIGURATION) for several GPUs a task, or an address that is
   *     not a device number; (RESOURCES) where libtorch is for CPUs
   */
  public static Device device(TaskContext task) {
    ResourceInformation gpu = task.resourcesJMap().get(RESOURCE);
    return usable(device(gpu == null ? List.of() : List.of(gpu.addresses())));
  }

  /** Refuses a GPU where libtorch cannot compute on one: its own error would come much later. */
  static Device usable(Device device) {
    if (!device.isGpu()) {
      return device;
    }
    LibTorch.load();
    if (!Engine.getInstance().hasCapability(StandardCapabilities.CUDA)) {
      throw InvalidInputException.resources(
          "Missing CUDA: Spark gives this worker GPU "
              + device.getDeviceId()
              + ", but its libtorch is for CPUs; let PYTORCH_LIBRARY_PATH name a CUDA libtorch on"
              + " the nodes, without pytorch-native-cpu among Spark's jars, or take"
              + " spark.task.resource.gpu.amount out of Spark's settings");
    }
    return device;
  }

  /**
   * The device of a task.
   *
   * @param addresses that Spark assigned to the task; empty if the cluster declares no GPUs
   * @throws InvalidInputException (CONFIGURATION) for several GPUs a task, or an address that is
   *     not a device number
   */
  static Device device(List<String> addresses) {
    if (addresses.isEmpty()) {
      return Device.cpu();
    }
    if (addresses.size() > 1) {
      throw InvalidInputException.configuration(
          "Invalid spark.task.resource.gpu.amount: "
              + addresses.size()
              + "; a worker computes on one GPU, so set it to 1 and run more workers");
    }
    try {
      return Device.gpu(Integer.parseInt(addresses.get(0)));
    } catch (NumberFormatException e) {
      throw InvalidInputException.configuration(
          "Invalid GPU address: "
              + addresses.get(0)
              + "; the resource discovery script must print device numbers such as 0");
    }
  }
}
