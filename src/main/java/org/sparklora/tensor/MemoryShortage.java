package org.sparklora.tensor;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sparklora.util.InvalidInputException;

/**
 * An out-of-memory error of libtorch, on a CPU or a GPU. DJL passes on such errors as text that
 * begins with TorchScript's trace.
 *
 * @param text how much was asked for and how much there is, after "Not enough memory: "
 */
public record MemoryShortage(String text) {
  /** {@code c10/cuda/CUDACachingAllocator.cpp} of libtorch 2.7.1. */
  private static final Pattern GPU =
      Pattern.compile(
          "CUDA out of memory\\. Tried to allocate ([\\d.]+ \\w+)\\. (GPU \\d+) has a total"
              + " capacity of ([\\d.]+ \\w+) of which ([\\d.]+ \\w+) is free");

  /** {@code c10/core/impl/alloc_cpu.cpp} of libtorch 2.7.1. */
  private static final Pattern CPU =
      Pattern.compile("DefaultCPUAllocator: can't allocate memory: you tried to allocate (\\d+) ");

  /**
   * Other messages: those of the CUDA driver, cuBLAS and cuDNN, which allocate memory without
   * libtorch's allocator, and any other form of libtorch's own.
   */
  private static final Pattern LIBRARIES =
      Pattern.compile(
          "CUDA out of memory|CUDA error: out of memory|CUBLAS_STATUS_ALLOC_FAILED"
              + "|CUDNN_STATUS_ALLOC_FAILED");

  /** Finds a shortage in a failure and its causes. */
  public static Optional<MemoryShortage> within(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      Optional<MemoryShortage> found = in(String.valueOf(cause.getMessage()));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /**
   * The failure of a computation, or what was too large and what to do about it.
   *
   * @param what is after "for", such as {@code encoding a picture of 512 x 512}
   * @param help is after "give"
   */
  public static RuntimeException explained(RuntimeException failure, String what, String help) {
    return within(failure)
        .<RuntimeException>map(
            shortage ->
                InvalidInputException.resources(
                    "Not enough memory: " + shortage.text + " for " + what + "; give " + help))
        .orElse(failure);
  }

  private static Optional<MemoryShortage> in(String message) {
    Matcher gpu = GPU.matcher(message);
    if (gpu.find()) {
      return Optional.of(
          new MemoryShortage(
              gpu.group(2)
                  + " has "
                  + gpu.group(3)
                  + ", of which "
                  + gpu.group(4)
                  + " are free, and "
                  + gpu.group(1)
                  + " more are needed"));
    }
    Matcher cpu = CPU.matcher(message);
    if (cpu.find()) {
      double gib = Double.parseDouble(cpu.group(1)) / (1L << 30);
      return Optional.of(
          new MemoryShortage(
              String.format(Locale.ROOT, "the system does not give %.2f GiB more", gib)));
    }
    return LIBRARIES.matcher(message).find()
        ? Optional.of(new MemoryShortage("the GPU has no more"))
        : Optional.empty();
  }
}
