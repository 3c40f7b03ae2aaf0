package org.sparklora.tensor;

import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Asks NVIDIA's driver about the GPUs of this process. They are numbered as libtorch numbers them:
 * in CUDA's order and after {@code CUDA_VISIBLE_DEVICES}, both of which {@code nvidia-smi} ignores.
 */
public final class CudaDriver {
  private static final String LIBRARY = "libcuda.so.1";
  private static final int SUCCESS = 0;
  private static final int MOST_NAME_BYTES = 256;

  private final NativeLibrary driver;

  private CudaDriver(NativeLibrary driver) {
    this.driver = driver;
  }

  /** A GPU's memory in bytes, that of all processes together. */
  public record Bytes(long used, long all) {}

  /** This machine's driver; empty where there is none, or no GPU. */
  public static Optional<CudaDriver> ofThisMachine() {
    return of(LIBRARY);
  }

  static Optional<CudaDriver> of(String library) {
    try {
      CudaDriver driver = new CudaDriver(NativeLibrary.getInstance(library));
      return driver.succeeds("cuInit", 0) ? Optional.of(driver) : Optional.empty();
    } catch (UnsatisfiedLinkError e) {
      return Optional.empty();
    }
  }

  /** The number of GPUs of this process. */
  public OptionalInt count() {
    IntByReference count = new IntByReference();
    return succeeds("cuDeviceGetCount", count)
        ? OptionalInt.of(count.getValue())
        : OptionalInt.empty();
  }

  /** A GPU's model, such as {@code NVIDIA H200}. */
  public Optional<String> name(int device) {
    try (Memory name = new Memory(MOST_NAME_BYTES)) {
      return handle(device)
          .filter(handle -> succeeds("cuDeviceGetName", name, MOST_NAME_BYTES, handle))
          .map(handle -> name.getString(0));
    }
  }

  /** The newest version of CUDA that the driver can run, such as {@code 12.8}. */
  public Optional<String> version() {
    IntByReference version = new IntByReference();
    return succeeds("cuDriverGetVersion", version)
        ? Optional.of(version.getValue() / 1000 + "." + version.getValue() % 1000 / 10)
        : Optional.empty();
  }

  /**
   * A GPU's memory. libtorch's allocator keeps freed memory instead of returning it to the driver,
   * so the amount in use after some steps is the peak of those steps.
   */
  public Optional<Bytes> memory(int device) {
    Optional<Integer> handle = handle(device);
    PointerByReference context = new PointerByReference();
    if (handle.isEmpty() || !succeeds("cuDevicePrimaryCtxRetain", context, handle.get())) {
      return Optional.empty();
    }
    try {
      return memory(context.getValue());
    } finally {
      succeeds("cuDevicePrimaryCtxRelease_v2", handle.get());
    }
  }

  private Optional<Bytes> memory(Pointer context) {
    if (!succeeds("cuCtxPushCurrent_v2", context)) {
      return Optional.empty();
    }
    try (Memory free = new Memory(Long.BYTES);
        Memory all = new Memory(Long.BYTES)) {
      return succeeds("cuMemGetInfo_v2", free, all)
          ? Optional.of(new Bytes(all.getLong(0) - free.getLong(0), all.getLong(0)))
          : Optional.empty();
    } finally {
      succeeds("cuCtxPopCurrent_v2", new PointerByReference());
    }
  }

  private Optional<Integer> handle(int device) {
    IntByReference handle = new IntByReference();
    return succeeds("cuDeviceGet", handle, device)
        ? Optional.of(handle.getValue())
        : Optional.empty();
  }

  private boolean succeeds(String function, Object... arguments) {
    try {
      return driver.getFunction(function).invokeInt(arguments) == SUCCESS;
    } catch (UnsatisfiedLinkError e) {
      return false;
    }
  }
}
