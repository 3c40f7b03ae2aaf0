package org.sparklora.spark.settings;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import java.util.OptionalInt;
import org.sparklora.tensor.CudaDriver;
import org.sparklora.tensor.LibTorch;

/**
 * CUDA's devices in this process, as libtorch numbers them. This is all that the way from Spark's
 * address to a device asks of a GPU; {@code GpuSlotsIT} puts another class in its place.
 */
final class CudaDevices {
  private CudaDevices() {}

  /** Whether libtorch computes on GPUs. */
  static boolean areUsable() {
    LibTorch.load();
    return Engine.getInstance().hasCapability(StandardCapabilities.CUDA);
  }

  /** Number of them; empty if the driver cannot be asked. */
  static OptionalInt count() {
    return CudaDriver.ofThisMachine().map(CudaDriver::count).orElse(OptionalInt.empty());
  }

  /** The device of a number. */
  static Device device(int number) {
    return Device.gpu(number);
  }
}
