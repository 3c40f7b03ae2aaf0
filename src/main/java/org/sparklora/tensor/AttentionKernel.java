package org.sparklora.tensor;

import java.io.Serializable;

/**
 * How softmax(s Q K<sup>T</sup>) V is computed. The result is the same but for rounding; time and
 * memory are not. An n x n score matrix exists for each picture and head.
 */
public sealed interface AttentionKernel extends Serializable {
  /** The kernel where none is chosen. */
  AttentionKernel DEFAULT = new Sdpa();

  /**
   * torch's {@code scaled_dot_product_attention}: a fused kernel that never holds a score matrix,
   * in either direction (Dao et al. 2022, arXiv 2205.14135; Rabe and Staats 2021, arXiv
   * 2112.05682).
   */
  record Sdpa() implements AttentionKernel {
    @Override
    public int rows(int heads) {
      return 0;
    }

    @Override
    public String toString() {
      return "sdpa";
    }
  }

  /**
   * Some score matrices after the other, as diffusers' {@code enable_attention_slicing}. What
   * training keeps for backward is not less than that of {@link Plain}.
   *
   * @param sliceSize matrices at once; 0 for diffusers' "auto", half as many as there are heads
   */
  record Sliced(int sliceSize) implements AttentionKernel {
    /** diffusers' "auto". */
    public static final int AUTO = 0;

    /** diffusers' "max": the least memory. */
    public static final int MAX = 1;

    /**
     * Checks the size.
     *
     * @throws IllegalArgumentException when {@code sliceSize} is negative
     */
    public Sliced {
      if (sliceSize < 0) {
        throw new IllegalArgumentException("Invalid slice size: " + sliceSize);
      }
    }

    @Override
    public int rows(int heads) {
      return sliceSize == AUTO ? Math.max(1, heads / 2) : sliceSize;
    }

    @Override
    public String toString() {
      return sliceSize == AUTO ? "sliced auto" : "sliced " + sliceSize;
    }
  }

  /** Product, softmax, product, with all score matrices at once (Vaswani et al. 2017). */
  record Plain() implements AttentionKernel {
    @Override
    public int rows(int heads) {
      return Integer.MAX_VALUE;
    }

    @Override
    public String toString() {
      return "plain";
    }
  }

  /** Score matrices that exist at once, of a network with so many heads; 0 for none. */
  int rows(int heads);
}
