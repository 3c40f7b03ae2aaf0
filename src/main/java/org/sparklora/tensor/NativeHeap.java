package org.sparklora.tensor;

import com.sun.jna.NativeLibrary;

/**
 * The C library's heap, which libtorch's tensors on a CPU live in. While it computes, glibc shall
 * keep what is freed for the next tensor: the system's pages come zeroed, one by one. Between steps
 * it shall give it back, since new tensors do not fit into the holes that old ones left. Where the
 * C library has no such settings, nothing happens.
 *
 * <p>A thread of a JVM gets an arena of its own, of pieces of 64 MB, and what is larger is mapped
 * whatever is set here; in a process that starts with {@link #ONE_ARENA} that is not so.
 */
public final class NativeHeap {
  /** An environment variable of glibc's, and {@link #ONE_ARENA} its value, for all who compute. */
  public static final String ARENAS = "MALLOC_ARENA_MAX";

  /** One arena for all threads, whose size has no limit. */
  public static final String ONE_ARENA = "1";

  /** {@code malloc.h}: how much free memory at the heap's end is kept. */
  private static final int M_TRIM_THRESHOLD = -1;

  /** {@code malloc.h}: from what size on memory is mapped, and unmapped when freed. */
  private static final int M_MMAP_THRESHOLD = -3;

  private static final int KEPT = 1 << 30;

  /** Kernels of convolutions, which oneDNN reorders in every call, have 59 MB. */
  private static final int MAPPED_FROM = 1 << 30;

  /** The largest that glibc takes before 2.35. */
  private static final int MAPPED_FROM_IN_OLD = 32 << 20;

  private static final long TRIM_INTERVAL_NANOSECONDS = 1_000_000_000;

  private long trimmed = System.nanoTime();

  /** Sets the process's heap up. */
  NativeHeap() {
    if (call("mallopt", M_MMAP_THRESHOLD, MAPPED_FROM) == 0) {
      call("mallopt", M_MMAP_THRESHOLD, MAPPED_FROM_IN_OLD);
    }
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

  /** What the function gives; 0, which is a failure of mallopt's, where there is none. */
  private static int call(String name, Object... arguments) {
    try {
      return NativeLibrary.getProcess().getFunction(name).invokeInt(arguments);
    } catch (UnsatisfiedLinkError e) {
      return 0;
    }
  }
}
