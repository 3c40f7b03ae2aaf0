package org.sparklora.tensor;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;

/**
 * The C library's heap, which libtorch's tensors on a CPU live in. While it computes, glibc shall
 * keep what is freed for the next tensor: the system's pages come zeroed, one by one. Between
 * steps, and before backward, it shall give it back, since new tensors do not fit into the holes
 * that old ones left. Where the C library has no such settings, nothing happens.
 */
final class NativeHeap {
  /** {@code malloc.h}: how much free memory at the heap's end is kept. */
  private static final int M_TRIM_THRESHOLD = -1;

  /** {@code malloc.h}: from what size on memory is mapped, and unmapped when freed. */
  private static final int M_MMAP_THRESHOLD = -3;

  private static final int KEPT = 256 << 20;

  /** The largest that glibc takes. */
  private static final int MAPPED_FROM = 32 << 20;

  private static final long TRIM_INTERVAL_NANOSECONDS = 1_000_000_000;

  private long trimmed = System.nanoTime();

  /** Sets the process's heap up. */
  NativeHeap() {
    call("mallopt", M_MMAP_THRESHOLD, MAPPED_FROM);
    call("mallopt", M_TRIM_THRESHOLD, KEPT);
  }

  /** Gives back what is free; not after each of many short steps, which it would slow down. */
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
