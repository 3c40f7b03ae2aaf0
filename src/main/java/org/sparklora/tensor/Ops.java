package org.sparklora.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.sparklora.util.InvalidInputException;

/**
 * The op library, the TorchScript in the folder {@code ops}, on one device.
 *
 * <p>Not thread-safe: an instance, and every array passed to it, belongs to one thread at a time.
 */
public final class Ops implements AutoCloseable {
  private static final String METHOD = "module_method:";

  private final NDManager manager;
  private final PtSymbolBlock module;
  private final NDManager cpu;
  private final Optional<GpuArithmetic> onGpu;
  private final int threads;
  private Thread owner = Thread.currentThread();
  private final NDArray none;
  private final NativeHeap heap = new NativeHeap();
  private boolean recording;
  private Observer observer = (method, results, nanoseconds) -> {};
  private final Map<Precision, NDArray> types = new EnumMap<>(Precision.class);

  private Ops(NDManager manager, PtSymbolBlock module, int threads, GpuArithmetic arithmetic) {
    this.threads = threads;
    this.onGpu = manager.getDevice().isGpu() ? Optional.of(arithmetic) : Optional.empty();
    this.manager = manager;
    this.module = module;
    this.cpu = manager.newSubManager(Device.cpu());
    this.none = manager.create(new float[0]);
    for (Precision precision : Precision.values()) {
      types.put(precision, attrs(torchType(precision)));
    }
  }

  private Ops() {
    this.threads = 1;
    this.manager = null;
    this.module = null;
    this.cpu = null;
    this.onGpu = Optional.empty();
    this.none =
        (NDArray)
            Proxy.newProxyInstance(
                NDArray.class.getClassLoader(),
                new Class<?>[] {NDArray.class},
                (proxy, method, arguments) -> {
                  throw new IllegalStateException("no library is loaded: " + method.getName());
                });
  }

  /**
   * A stand-in without a library. Networks can be built on it to see which tensors they need, but
   * cannot be computed. It does not need the engine.
   */
  public static Ops unloaded() {
    return new Ops();
  }

  /**
   * Loads the library. On a GPU it computes the same bits in every run.
   *
   * @param device of its arrays
   * @param threads intra-op threads of the calling thread; the bits of a sum may depend on it
   */
  public static Ops open(Device device, int threads) {
    return open(device, threads, GpuArithmetic.EXACT);
  }

  /**
   * As {@link #open(Device, int)}.
   *
   * @param arithmetic of a GPU; no other may compute in this process at the same time
   * @throws InvalidInputException (RESOURCES) if libtorch has no such settings for its GPU
   */
  public static Ops open(Device device, int threads, GpuArithmetic arithmetic) {
    return open(device, threads, Processor.ofThisMachine(), arithmetic);
  }

  /**
   * As {@link #open(Device, int)}.
   *
   * @param processor by which a CPU's arithmetic is chosen
   */
  static Ops open(Device device, int threads, Processor processor) {
    return open(device, threads, processor, GpuArithmetic.EXACT);
  }

  private static Ops open(
      Device device, int threads, Processor processor, GpuArithmetic arithmetic) {
    LibTorch.load();
    if (device.isGpu()) {
      GlobalContext.hold(arithmetic);
    }
    NDManager manager = NDManager.newBaseManager(device, "PyTorch");
    setUpThread(threads);
    ByteArrayInputStream archive = new ByteArrayInputStream(ScriptArchive.ops(processor));
    try {
      return new Ops(
          manager,
          JniUtils.loadModule((PtNDManager) manager, archive, false, false),
          threads,
          arithmetic);
    } catch (IOException e) {
      manager.close();
      throw new UncheckedIOException("Cannot load the op library", e);
    }
  }

  /** Sets up this thread, because libtorch keeps these settings for each thread. */
  private static void setUpThread(int threads) {
    JniUtils.setNumThreads(threads);
    // The optimising executor fuses and reorders operations after some calls, so two calls would
    // give different bits.
    JniUtils.setGraphExecutorOptimize(false);
    JniUtils.setGradMode(false);
  }

  /** The manager that owns all long-lived arrays on this device. */
  public NDManager manager() {
    return manager;
  }

  /**
   * A tensor without elements, which means "absent" for an optional argument. It is always the same
   * array.
   */
  public NDArray none() {
    return none;
  }

  /**
   * A new tensor without elements, to keep in a layer: one array cannot be in two arguments at
   * once.
   */
  public NDArray newNone() {
    return manager == null ? none : manager.create(new float[0]);
  }

  /** A vector of numbers for a method's {@code attrs}. It is on the CPU, whatever the device. */
  public NDArray attrs(double... values) {
    return cpu == null ? none : cpu.create(values);
  }

  /** An observer of the calls of the op library. */
  public interface Observer {
    /**
     * A call is about to be made.
     *
     * @param method the method of the op library
     * @param arguments its arrays; an array's name is that of its argument, or of the list that
     *     holds it
     * @param recorded whether autograd records the call
     */
    default void begin(String method, NDList arguments, boolean recorded) {}

    /**
     * A call has returned. On a GPU its work may still be in progress.
     *
     * @param method the method of the op library
     */
    void observe(String method, NDList results, long nanoseconds);
  }

  /** Sets the observer of calls, which can measure where time goes. */
  public void setObserver(Observer observer) {
    this.observer = observer;
  }

  /**
   * Calls a method that gives one tensor.
   *
   * @param scope owner of the result
   * @param method a method of the op library
   * @param arguments in the method's order
   */
  public NDArray call(NDManager scope, String method, Argument... arguments) {
    return callForList(scope, method, arguments).singletonOrThrow();
  }

  /** Calls a method that gives a list of tensors. */
  public NDList callForList(NDManager scope, String method, Argument... arguments) {
    if (Thread.currentThread() != owner) {
      setUpThread(threads);
      owner = Thread.currentThread();
    }
    onGpu.ifPresent(GlobalContext::hold);
    // The first array names the method. By DJL's rule its manager owns the result. It is empty,
    // because a number would be copied to a GPU, and the copy would wait for the work before it.
    NDArray name = scope.create(new Shape(0));
    name.setName(METHOD + method);
    NDList inputs = new NDList();
    inputs.add(name);
    int position = 0;
    for (Argument argument : arguments) {
      argument.addTo(inputs, position++);
    }
    observer.begin(method, inputs, recording);
    long start = System.nanoTime();
    NDList results = IValueUtils.forward(module, inputs, true);
    observer.observe(method, results, System.nanoTime() - start);
    return results;
  }

  /**
   * Makes a tensor from a file's bytes. It lives as long as this library.
   *
   * @param data the file's bytes in a direct buffer; they are mapped and not copied if types and
   *     device allow
   * @param type the stored type
   * @param precision the type to compute in
   */
  public NDArray weight(ByteBuffer data, DataType type, long[] shape, Precision precision) {
    NDArray stored = stored(manager, data, shape, type);
    NDArray weight = cast(manager, stored, precision);
    if (type != javaType(precision)) {
      stored.close();
    }
    return weight;
  }

  /** A weight whose values {@link #fill} puts in. It lives as long as this library. CPUs only. */
  public NDArray emptyWeight(long[] shape, Precision precision) {
    try (NDArray attrs = attrs(numbers(torchType(precision), shape))) {
      return call(manager, "empty_weight", of(attrs));
    }
  }

  /**
   * Puts values into a weight, converting them to its type.
   *
   * @param offset number of elements before them, in row-major order
   * @param data the values, in a direct buffer
   * @param type the type of the values
   */
  public void fill(NDArray weight, long offset, ByteBuffer data, DataType type) {
    long[] size = {data.remaining() / type.getNumOfBytes()};
    try (NDManager scope = manager.newSubManager();
        NDArray attrs = attrs((double) offset)) {
      call(scope, "fill_part", of(weight), of(stored(scope, data, size, type)), of(attrs));
    }
  }

  /**
   * Makes a tensor in the stored type. DJL cannot pass bf16, so it is passed as fp16, which has as
   * many bits.
   */
  private NDArray stored(NDManager scope, ByteBuffer data, long[] shape, DataType type) {
    if (type != DataType.BFLOAT16) {
      return scope.create(data, new Shape(shape), type);
    }
    return call(scope, "bf16_of_bits", of(scope.create(data, new Shape(shape), DataType.FLOAT16)));
  }

  /**
   * Maps a file as one vector of bf16 numbers. The mapping lives as long as the arrays taken from
   * it with {@link #part}. CPUs only.
   *
   * @param scope owner of the vector
   */
  public NDArray mapBf16(NDManager scope, Path file, long bytes) {
    byte[] name = file.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8);
    int[] characters = new int[name.length];
    for (int i = 0; i < name.length; i++) {
      characters[i] = Byte.toUnsignedInt(name[i]);
    }
    try (NDArray path = cpu.create(characters);
        NDArray attrs = attrs((double) Math.floorDiv(bytes, 2L))) {
      return call(scope, "bf16_file", of(path), of(attrs));
    }
  }

  /**
   * A tensor inside a vector, in the same memory. It lives as long as this library.
   *
   * @param offset number of elements before it
   */
  public NDArray part(NDArray vector, long offset, long[] shape) {
    try (NDArray attrs = attrs(numbers(offset, shape))) {
      return call(manager, "part", of(vector), of(attrs));
    }
  }

  /**
   * Vectors inside a vector, in the same memory.
   *
   * @param scope owner of the vectors
   * @param places of each, the number of elements before it and its size
   */
  public NDList parts(NDManager scope, NDArray vector, double... places) {
    try (NDArray attrs = attrs(places)) {
      return callForList(scope, "parts", of(vector), of(attrs));
    }
  }

  private static double[] numbers(long first, long[] shape) {
    double[] numbers = new double[1 + shape.length];
    numbers[0] = (double) first;
    for (int i = 0; i < shape.length; i++) {
      numbers[1 + i] = (double) shape[i];
    }
    return numbers;
  }

  private static DataType javaType(Precision precision) {
    return switch (precision) {
      case FP32 -> DataType.FLOAT32;
      case FP16, EMULATED_FP16 -> DataType.FLOAT16;
      case BF16 -> DataType.BFLOAT16;
    };
  }

  /** Converts a tensor to the type a network computes in. */
  public NDArray cast(NDManager scope, NDArray x, Precision precision) {
    return call(scope, "cast", of(x), of(types.get(precision)));
  }

  /** Converts a tensor to contiguous fp32, the only floating-point type that Java reads. */
  public NDArray toFp32(NDManager scope, NDArray x) {
    return call(scope, "to_fp32", of(x));
  }

  /** Whether a tensor has neither NaN nor infinity. */
  public boolean isFinite(NDArray x) {
    try (NDManager scope = manager.newSubManager()) {
      for (float value : call(scope, "extremes", of(x)).toFloatArray()) {
        if (!Float.isFinite(value)) {
          return false;
        }
      }
      return true;
    }
  }

  private static int torchType(Precision precision) {
    return switch (precision) {
      case FP16, EMULATED_FP16 -> 5;
      case FP32 -> 6;
      case BF16 -> 15;
    };
  }

  /** Runs a computation on this thread while autograd records it. */
  public <T> T recordGradients(Supplier<T> computation) {
    JniUtils.setGradMode(true);
    recording = true;
    try {
      return computation.get();
    } finally {
      recording = false;
      JniUtils.setGradMode(false);
    }
  }

  /** Marks a leaf whose gradient {@link #backward} computes. */
  public void requireGradient(NDArray leaf) {
    JniUtils.attachGradient((PtNDArray) leaf, true);
  }

  /** Whether backward through a tensor would reach any leaf. */
  public boolean requiresGradient(NDArray tensor) {
    // JniUtils.requiresGrad would only recognise leaves.
    try (NDManager scope = manager.newSubManager()) {
      return call(scope, "requires_gradient", of(tensor)).getFloat() != 0;
    }
  }

  /**
   * The same numbers, in the same memory, as the start of another graph.
   *
   * @param scope owner of the leaf
   * @param gradient whether {@link #backward} computes its gradient
   */
  public NDArray leafOf(NDManager scope, NDArray tensor, boolean gradient) {
    NDArray leaf = JniUtils.detachGradient((PtNDArray) tensor);
    leaf.attach(scope);
    if (gradient) {
      requireGradient(leaf);
    }
    return leaf;
  }

  /**
   * The gradient accumulated in a leaf.
   *
   * @throws IllegalStateException when no result depends on the leaf
   */
  public NDArray gradient(NDArray leaf) {
    NDArray gradient = JniUtils.getGradient((PtNDArray) leaf);
    if (gradient == null) {
      throw new IllegalStateException("No gradient: the loss does not depend on " + leaf.getUid());
    }
    return gradient;
  }

  /**
   * Adds to the gradients of leaves.
   *
   * @param gradients one for each leaf, of its shape
   */
  public void addGradients(NDManager scope, List<NDArray> leaves, List<NDArray> gradients) {
    backward(scope, leaves, gradients);
  }

  /**
   * Back-propagates from several tensors at once, which may have been computed from one another.
   *
   * @param gradients one for each output, of its shape
   */
  public void backward(NDManager scope, List<NDArray> outputs, List<NDArray> gradients) {
    NDArray flat = recordGradients(() -> call(scope, "flattened", of(outputs)));
    backward(flat, call(scope, "flattened", of(gradients)));
  }

  /**
   * Back-propagates from a tensor.
   *
   * @param output the tensor to start from
   * @param gradient with respect to it, of its shape
   */
  public void backward(NDArray output, NDArray gradient) {
    JniUtils.backward((PtNDArray) output, (PtNDArray) gradient, false, false);
  }

  /**
   * Gives memory of freed tensors back to the system, if much was freed. Without this a process
   * would grow step by step by the holes between tensors.
   */
  public void trimMemory() {
    if (!manager.getDevice().isGpu()) {
      heap.trim();
    }
  }

  @Override
  public void close() {
    module.close();
    manager.close();
  }

  /** An argument of a method: a tensor or a list of tensors. */
  public sealed interface Argument {
    void addTo(NDList inputs, int position);
  }

  /** One tensor. */
  public static Argument of(NDArray tensor) {
    return new One(tensor);
  }

  /** A {@code List[Tensor]}. */
  public static Argument of(List<NDArray> tensors) {
    return new Many(tensors);
  }

  private record One(NDArray tensor) implements Argument {
    @Override
    public void addTo(NDList inputs, int position) {
      add(inputs, tensor, "one" + position);
    }
  }

  private record Many(List<NDArray> tensors) implements Argument {
    @Override
    public void addTo(NDList inputs, int position) {
      String list = "list" + position + "[]";
      for (NDArray tensor : tensors) {
        add(inputs, tensor, list);
      }
    }
  }

  /**
   * Names an array for its argument. DJL finds an argument by the array's name, so one array cannot
   * serve two arguments.
   */
  private static void add(NDList inputs, NDArray tensor, String argument) {
    for (NDArray other : inputs) {
      if (other == tensor && !argument.equals(other.getName())) {
        throw new IllegalArgumentException(
            "Invalid call: one array in the arguments " + other.getName() + " and " + argument);
      }
    }
    tensor.setName(argument);
    inputs.add(tensor);
  }
}
