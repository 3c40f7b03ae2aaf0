package org.sparklora.tensor;

import ai.djl.Device;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.sparklora.util.SteadyClock;

/**
 * The memory in use on a GPU. The driver is asked at most every ten seconds, because its answer can
 * take as long as a small step. This misses little: libtorch's allocator keeps freed memory, so the
 * amount only grows. Not thread-safe.
 */
public final class DeviceMemory {
  private static final long NANOS_BETWEEN = 10_000_000_000L;

  private final LongSupplier driver;
  private final SteadyClock clock;
  private long used;
  private boolean asked;
  private long askedAt;

  DeviceMemory(LongSupplier driver, SteadyClock clock) {
    this.driver = driver;
    this.clock = clock;
  }

  /** The memory of a device. It stays 0 for a CPU. */
  public static DeviceMemory of(Device device) {
    Optional<CudaDriver> cuda = device.isGpu() ? CudaDriver.ofThisMachine() : Optional.empty();
    return new DeviceMemory(
        () ->
            cuda.flatMap(driver -> driver.memory(device.getDeviceId()))
                .map(CudaDriver.Bytes::used)
                .orElse(0L),
        SteadyClock.SYSTEM);
  }

  /** Bytes in use, by all processes together; 0 if nobody reports them. */
  public long usedBytes() {
    long now = clock.nanos();
    if (!asked || now - askedAt >= NANOS_BETWEEN) {
      asked = true;
      askedAt = now;
      used = driver.getAsLong();
    }
    return used;
  }
}
