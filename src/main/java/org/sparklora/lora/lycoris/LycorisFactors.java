package org.sparklora.lora.lycoris;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.sparklora.tensor.KeyedRandom;

/**
 * The factors of which a layer's update is made. In the flat vector they follow each other in this
 * order.
 *
 * @param algo LoHa or LoKr
 * @param slots B, A and core of W1, then those of W2; what the update has not is {@link
 *     Factor#ABSENT}. A whole matrix stands in place of B
 */
public record LycorisFactors(Algo algo, List<Factor> slots) {
  private static final int CORE = 2;
  private static final int SECOND = 3;

  /** LyCORIS' standard deviation of the first product's B, and of cores. */
  private static final float SMALL = 0.1f;

  /**
   * A factor in the flat vector.
   *
   * @param slot its index among the slots
   * @param offset index of its first value
   */
  public record Placed(int slot, Factor factor, int offset) {}

  public LycorisFactors {
    slots = List.copyOf(slots);
  }

  /**
   * The factors that there are, and their places.
   *
   * @param offset of the first one
   */
  public List<Placed> placed(int offset) {
    List<Placed> placed = new ArrayList<>();
    int at = offset;
    for (int slot = 0; slot < slots.size(); slot++) {
      Factor factor = slots.get(slot);
      if (factor.isPresent()) {
        placed.add(new Placed(slot, factor, at));
        at += factor.size();
      }
    }
    return placed;
  }

  /** The number of values of all factors. */
  public int size() {
    return slots.stream().mapToInt(Factor::size).reduce(0, Math::addExact);
  }

  /** The same as a double, because it may be too large for an int. */
  public double count() {
    return slots.stream().mapToDouble(Factor::count).sum();
  }

  /** Whether the update is multiplied by {@code alpha / r}: not if both matrices are whole. */
  public boolean isScaled() {
    return has(1) || has(SECOND + 1);
  }

  private boolean has(int slot) {
    return slots.get(slot).isPresent();
  }

  /** What the op library's chapter {@code lycoris.py} is told of the factors. */
  public double[] description() {
    double[] description = new double[1 + 2 * slots.size()];
    description[0] = algo == Algo.LOKR ? 1 : 0;
    for (int i = 0; i < slots.size(); i++) {
      description[1 + 2 * i] = slots.get(i).rows();
      description[2 + 2 * i] = slots.get(i).columns();
    }
    return description;
  }

  /**
   * Draws the values from which training starts, as LyCORIS does: the update is zero.
   *
   * @param values the flat vector, which gets them
   * @param offset of the first factor
   */
  public void start(KeyedRandom random, float[] values, int offset) {
    for (Placed placed : placed(offset)) {
      float[] drawn = algo == Algo.LOHA ? normals(random, placed) : uniform(random, placed);
      System.arraycopy(drawn, 0, values, placed.offset(), drawn.length);
    }
  }

  /** Normal numbers: cores and the first B of 0.1, A of 1, the second B zero. */
  private float[] normals(KeyedRandom random, Placed placed) {
    float[] drawn = random.normals(placed.factor().size());
    if (placed.slot() == SECOND) {
      return new float[drawn.length];
    }
    float deviation = placed.slot() % SECOND == 1 ? 1 : SMALL;
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] *= deviation;
    }
    return drawn;
  }

  /**
   * torch's {@code kaiming_uniform_} with a of the root of 5: uniform to the root of 1 / {@code
   * fan_in}. W2, or its A, is zero.
   */
  private float[] uniform(KeyedRandom random, Placed placed) {
    int slot = placed.slot();
    float[] drawn = new float[placed.factor().size()];
    if (slot == SECOND + 1 || (slot == SECOND && !has(SECOND + 1))) {
      return drawn;
    }
    double bound = 1 / Math.sqrt((double) placed.factor().columns());
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = (float) ((2 * random.uniform() - 1) * bound);
    }
    return drawn;
  }

  /**
   * The sides of W1 or W2 and its rank: that of B A, or the shorter side of a whole matrix.
   *
   * @param columns over the kernel, too
   */
  private record Half(long rows, long columns, long rank) {}

  private Half half(int at) {
    Factor outer = slots.get(at);
    Factor inner = slots.get(at + 1);
    Factor core = slots.get(at + CORE);
    if (!inner.isPresent()) {
      return new Half(outer.rows(), outer.columns(), Math.min(outer.rows(), outer.columns()));
    }
    return core.isPresent()
        ? new Half(outer.columns(), inner.columns() * (core.columns() / inner.rows()), outer.rows())
        : new Half(outer.rows(), inner.columns(), inner.rows());
  }

  /**
   * Whether the factors can be multiplied with each other, as those of a file need not be. Both
   * products of a LoHa must have the same sides.
   */
  public boolean fit() {
    for (int at = 0; at < slots.size(); at += SECOND) {
      Factor outer = slots.get(at);
      Factor inner = slots.get(at + 1);
      Factor core = slots.get(at + CORE);
      boolean joined =
          core.isPresent()
              ? core.rows() == outer.rows() && core.columns() % inner.rows() == 0
              : !inner.isPresent() || outer.columns() == inner.rows();
      if (!joined || !outer.isPresent()) {
        return false;
      }
    }
    Half one = half(0);
    Half two = half(SECOND);
    return algo == Algo.LOKR || (one.rows == two.rows && one.columns == two.columns);
  }

  /** Whether another update's factors have as many values, in the same order. */
  public boolean hasShapesOf(LycorisFactors other) {
    for (int slot = 0; slot < slots.size(); slot++) {
      Factor one = slots.get(slot);
      Factor two = other.slots.get(slot);
      if (one.rows() != two.rows() || one.columns() != two.columns()) {
        return false;
      }
    }
    return true;
  }

  /** The factors' names and shapes, for messages. */
  public String shapes() {
    return slots.stream()
        .filter(Factor::isPresent)
        .map(factor -> factor.name() + " " + Arrays.toString(factor.shape()))
        .collect(Collectors.joining(", "));
  }

  /** The rows of the update. */
  public long rows() {
    return algo == Algo.LOKR ? half(0).rows * half(SECOND).rows : half(0).rows;
  }

  /** The columns of the update, over the kernel, too. */
  public long columns() {
    return algo == Algo.LOKR ? half(0).columns * half(SECOND).columns : half(0).columns;
  }

  /** The rank of {@link #exact}. */
  public int exactRank() {
    long product = half(0).rank * half(SECOND).rank;
    return Math.toIntExact(Math.min(product, Math.min(rows(), columns())));
  }

  /**
   * The factors B and A of the LoRA that changes the weight in the same way, without the scale.
   *
   * @param values the flat vector
   * @param offset of the first factor
   */
  public ExactFactors exact(float[] values, int offset) {
    Matrix[] matrices = new Matrix[slots.size()];
    for (Placed placed : placed(offset)) {
      int end = placed.offset() + placed.factor().size();
      float[] own = Arrays.copyOfRange(values, placed.offset(), end);
      matrices[placed.slot()] = Matrix.of(placed.factor().rows(), own);
    }
    ExactFactors one = half(matrices, 0);
    ExactFactors two = half(matrices, SECOND);
    return algo == Algo.LOHA
        ? ExactFactors.ofHadamard(one, two)
        : ExactFactors.ofKronecker(one, two);
  }

  private static ExactFactors half(Matrix[] matrices, int at) {
    if (matrices[at + 1] == null) {
      return ExactFactors.ofWhole(matrices[at]);
    }
    return matrices[at + CORE] == null
        ? new ExactFactors(matrices[at], matrices[at + 1])
        : ExactFactors.ofTucker(matrices[at + CORE], matrices[at], matrices[at + 1]);
  }
}
