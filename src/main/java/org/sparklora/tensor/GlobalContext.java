package org.sparklora.tensor;

import ai.djl.pytorch.jni.LibUtils;
import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.file.Path;
import java.util.Optional;
import org.sparklora.util.InvalidInputException;

/**
 * libtorch's settings of the whole process, {@code at::globalContext()}. DJL has no calls for them,
 * so the library's own C++ functions are called by their symbols. They take the object as the first
 * argument, as the Itanium C++ ABI says.
 */
final class GlobalContext {
  private static final String CLASS = "2at7Context";

  /** Of cuBLAS: workspaces of fixed size, without which products may differ from run to run. */
  private static final String CUBLAS_WORKSPACE = "CUBLAS_WORKSPACE_CONFIG";

  private static Optional<GpuArithmetic> held = Optional.empty();

  private final NativeLibrary torch;
  private final Pointer context;

  private GlobalContext(NativeLibrary torch) {
    this.torch = torch;
    this.context = torch.getFunction("_ZN2at13globalContextEv").invokePointer(new Object[0]);
  }

  /**
   * The settings of the library that is loaded.
   *
   * @throws InvalidInputException (RESOURCES) for a library without them
   */
  static GlobalContext ofLoadedLibrary() {
    Path file = Path.of(LibUtils.getLibtorchPath(), System.mapLibraryName("torch_cpu"));
    try {
      return new GlobalContext(NativeLibrary.getInstance(file.toString()));
    } catch (UnsatisfiedLinkError e) {
      throw unusable(e);
    }
  }

  /**
   * Sets the process's environment as deterministic products need it, unless it is set. cuBLAS
   * reads it when the first product is computed on a GPU.
   */
  static void prepareEnvironment() {
    if (System.getenv(CUBLAS_WORKSPACE) == null) {
      try {
        NativeLibrary.getProcess()
            .getFunction("setenv")
            .invokeInt(new Object[] {CUBLAS_WORKSPACE, ":4096:8", 0});
      } catch (UnsatisfiedLinkError e) {
        return; // a system without setenv has no CUDA libtorch for this program either
      }
    }
  }

  /**
   * Applies an arithmetic to everything that is computed from now on. Networks of one process, such
   * as those of training and of a validation's pictures, may take turns with different arithmetics.
   *
   * @throws InvalidInputException (RESOURCES) for a library without these settings
   */
  static synchronized void hold(GpuArithmetic arithmetic) {
    if (!held.equals(Optional.of(arithmetic))) {
      ofLoadedLibrary().set(arithmetic);
      held = Optional.of(arithmetic);
    }
  }

  /**
   * Applies an arithmetic to all products and kernels of the process.
   *
   * @throws InvalidInputException (RESOURCES) for a library without these settings
   */
  void set(GpuArithmetic arithmetic) {
    try {
      // An operator that has no deterministic kernel then fails with an error that names it.
      call("26setDeterministicAlgorithmsEbb", arithmetic.deterministic(), false);
      // Otherwise libtorch would fill each new tensor before it is written.
      call("39setDeterministicFillUninitializedMemoryEb", false);
      call("17setBenchmarkCuDNNEb", false);
      call("17setAllowTF32CuDNNEb", arithmetic.allowTf32());
      call("18setAllowTF32CuBLASEb", arithmetic.allowTf32());
    } catch (UnsatisfiedLinkError e) {
      throw unusable(e);
    }
  }

  /** Whether only deterministic kernels are used. */
  boolean isDeterministic() {
    Function function = torch.getFunction("_ZNK" + CLASS + "23deterministicAlgorithmsEv");
    return (Byte) function.invoke(Byte.class, new Object[] {context}) != 0;
  }

  private void call(String method, boolean... values) {
    Object[] arguments = new Object[values.length + 1];
    arguments[0] = context;
    for (int i = 0; i < values.length; i++) {
      arguments[i + 1] = values[i] ? 1 : 0;
    }
    torch.getFunction("_ZN" + CLASS + method).invokeVoid(arguments);
  }

  private static InvalidInputException unusable(UnsatisfiedLinkError e) {
    return InvalidInputException.resources(
        "Unsupported libtorch: it has no switch for deterministic kernels ("
            + e.getMessage()
            + "); use the libtorch "
            + LibTorch.version().orElse("of this program")
            + " for Linux, as gpu.md says");
  }
}
