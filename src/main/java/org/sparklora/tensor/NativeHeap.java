package org.sparklora.tensor;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;

/**
 * The C library's heap, in which libtorch's tensors on a CPU live. During a computation glibc
 * should keep freed memory for the next tensor, because the system zeroes each page that it hands
 * out. Between steps and before backward glibc should give free memory back, because new tensors do
 * not fit into the holes of old ones. If the C library has no such settings, nothing happens.
 */
final class NativeHeap {
  /** {@code malloc.h}: amount of free memory that is kept at the heap's end. */
  private static final int M_TRIM_THRESHOLD = -1;

  /** {@code malloc.h}: size from which memory is mapped, and unmapped when freed. */
  private static final int M_MMAP_THRESHOLD = -3;

  private static final int KEPT = 256 << 20;

  /** The largest value that glibc accepts. */
  private static final int MAPPED_FROM = 32 << 20;

  private static final long TRIM_INTERVAL_NANOSECONDS = 1_000_000_000;

  private long trimmed = System.nanoTime();

  /** Sets up the process's heap. */
  NativeHeap() {
    call("mallopt", M_MMAP_THRESHOLD, MAPPED_FROM);
    call("mallopt", M_TRIM_THRESHOLD, KEPT);
  }

  /**
   * Gives free memory back to the system, at most once a second: a call after each of many short
   * steps would slow them down.
   */
  void trim() {
    long now = System.nanoTime();
    if (now - trimmed > TRIM_INTERVAL_NANOSECONDS) {
      call("malloc_trim", 0);
      trimmed = now;
    }
  }

  private static void call(String name, Object... arguments) {
    try {
      Function function = NativeLibrary.getProcess().getFunction(name);
      function.invokeInt(arguments);
    } catch (UnsatisfiedLinkError e) {
      return;
    }
  }
}
