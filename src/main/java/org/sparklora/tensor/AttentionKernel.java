package org.sparklora.tensor;

import java.io.Serializable;

/**
 * A way to compute softmax(s Q K<sup>T</sup>) V. Results differ only by rounding; time and memory
 * differ more. There is an n x n score matrix for each picture and head.
 */
public sealed interface AttentionKernel extends Serializable {
  /** The default kernel. */
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
   * Computes some score matrices at a time, as diffusers' {@code enable_attention_slicing}.
   * Training keeps as much for backward as with {@link Plain}.
   *
   * @param sliceSize number of matrices at a time; 0 for diffusers' "auto", half the number of
   *     heads
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

  /**
   * The number of score matrices that exist at once in a network with that many heads; 0 for none.
   */
  int rows(int heads);
}
