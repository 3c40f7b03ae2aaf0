package org.sparklora.lora;

import java.util.Optional;
import org.sparklora.lora.lycoris.FactoredUpdate;
import org.sparklora.model.Network;

/**
 * The low-rank update of one layer, {@code W + alpha / r * B A}; with a magnitude, each row of that
 * sum is then scaled to a trained length (DoRA, Liu et al. 2024, arXiv 2402.09353).
 *
 * @param network of the layer
 * @param name of the layer in that network's model file, without {@code .weight}
 * @param downShape A: {@code r x in}, or {@code r x in x k x k} of a convolution
 * @param down A, row-major
 * @param upShape B: {@code out x r}, or {@code out x r x 1 x 1}
 * @param up B, row-major
 * @param alpha the update is scaled by {@code alpha / r}
 * @param magnitude the length of each of the weight's {@code out} rows; PEFT's {@code
 *     lora_magnitude_vector}, LyCORIS' {@code dora_scale}
 * @param factors those of a LoHa or LoKr, of which A and B are made when they are asked for; then
 *     the arrays of this record are empty
 */
public record AdaptedModule(
    Network network,
    String name,
    long[] downShape,
    float[] down,
    long[] upShape,
    float[] up,
    double alpha,
    Optional<float[]> magnitude,
    Optional<FactoredUpdate> factors) {
  private static final float[] ASKED_FOR_LATER = {};

  /** An update of its own A and B. */
  public AdaptedModule(
      Network network,
      String name,
      long[] downShape,
      float[] down,
      long[] upShape,
      float[] up,
      double alpha,
      Optional<float[]> magnitude) {
    this(network, name, downShape, down, upShape, up, alpha, magnitude, Optional.empty());
  }

  /**
   * A LoHa or LoKr.
   *
   * @param downShape of the LoRA's A; its rank is that of the factors
   * @param scale of the update
   */
  public static AdaptedModule of(
      Network network,
      String name,
      long[] downShape,
      FactoredUpdate factors,
      double scale,
      Optional<float[]> magnitude) {
    int rank = factors.rank();
    long[] upShape = downShape.length == 2 ? new long[2] : new long[] {0, 0, 1, 1};
    upShape[0] = factors.factors().rows();
    upShape[1] = rank;
    long[] ofRank = downShape.clone();
    ofRank[0] = rank;
    return new AdaptedModule(
        network,
        name,
        ofRank,
        ASKED_FOR_LATER,
        upShape,
        ASKED_FOR_LATER,
        scale * rank,
        magnitude,
        Optional.of(factors));
  }

  /** An update without a magnitude: plain LoRA. */
  public AdaptedModule(
      Network network,
      String name,
      long[] downShape,
      float[] down,
      long[] upShape,
      float[] up,
      double alpha) {
    this(network, name, downShape, down, upShape, up, alpha, Optional.empty());
  }

  /** A, row-major. */
  @Override
  public float[] down() {
    return factors.map(FactoredUpdate::down).orElse(down);
  }

  /** B, row-major. */
  @Override
  public float[] up() {
    return factors.map(FactoredUpdate::up).orElse(up);
  }

  private long downSize() {
    return factors.map(FactoredUpdate::downSize).orElse((long) down.length);
  }

  private long upSize() {
    return factors.map(FactoredUpdate::upSize).orElse((long) up.length);
  }

  /** The rank r of the update. */
  public int rank() {
    return Math.toIntExact(downShape[0]);
  }

  /** The factor on {@code B A}. */
  public double scale() {
    return alpha / rank();
  }

  /**
   * Whether the update has the size of a layer's weight. Only the numbers of values are compared,
   * because some tools write a 1 x 1 convolution for a linear layer, or the reverse.
   *
   * @param outputs rows of the layer's weight
   * @param inputs values of such a row: {@code in}, or {@code in x k x k}
   */
  public boolean fits(long outputs, long inputs) {
    return inputs * rank() == downSize()
        && outputs * rank() == upSize()
        && magnitude.map(m -> m.length == outputs).orElse(true);
  }

  /** The number of trained values: those of A, B and any magnitude. */
  public long parameters() {
    return downSize() + upSize() + magnitude.map(m -> m.length).orElse(0);
  }

  /** Whether it is a DoRA. */
  public boolean isDora() {
    return magnitude.isPresent();
  }

  /** Returns the same update for the layer of that name in another network. */
  public AdaptedModule in(Network other) {
    return new AdaptedModule(other, name, downShape, down, upShape, up, alpha, magnitude, factors);
  }

  /** The same update with this magnitude. */
  public AdaptedModule withMagnitude(float[] lengths) {
    return new AdaptedModule(
        network, name, downShape, down, upShape, up, alpha, Optional.of(lengths), factors);
  }

  /**
   * Returns an update of the same layer with other factors and without a magnitude.
   *
   * @param down A, {@code rank x in}
   * @param up B, {@code out x rank}
   */
  public AdaptedModule withFactors(int rank, float[] down, float[] up, double alpha) {
    long[] downWithRank = downShape.clone();
    downWithRank[0] = rank;
    long[] upWithRank = upShape.clone();
    upWithRank[1] = rank;
    return new AdaptedModule(network, name, downWithRank, down, upWithRank, up, alpha);
  }
}
