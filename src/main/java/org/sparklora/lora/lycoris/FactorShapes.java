package org.sparklora.lora.lycoris;

import java.util.List;

/**
 * Decides which factors the update of a layer has, by LyCORIS' rules.
 *
 * @param weight the shape of the layer's weight
 */
record FactorShapes(LycorisConfig config, long[] weight, int rank) {

  /** LoHa: two products of rank r, or two cores with two factors each. */
  static LycorisFactors loha(long[] weight, int rank, boolean tucker) {
    long outputs = weight[0];
    long inputs = weight[1];
    if (tucker && kernel(weight) != 1) {
      return new LycorisFactors(
          Algo.LOHA,
          List.of(
              new Factor("hada_w1_a", rank, outputs),
              new Factor("hada_w1_b", rank, inputs),
              new Factor("hada_t1", rank, rank, weight[2], weight[3]),
              new Factor("hada_w2_a", rank, outputs),
              new Factor("hada_w2_b", rank, inputs),
              new Factor("hada_t2", rank, rank, weight[2], weight[3])));
    }
    long columns = inputs * kernel(weight);
    return new LycorisFactors(
        Algo.LOHA,
        List.of(
            new Factor("hada_w1_a", outputs, rank),
            new Factor("hada_w1_b", rank, columns),
            Factor.ABSENT,
            new Factor("hada_w2_a", outputs, rank),
            new Factor("hada_w2_b", rank, columns),
            Factor.ABSENT));
  }

  /**
   * LoKr: W1 is whole, or a product where {@code decompose_both} says so; W2 is a product. Both are
   * whole where {@code 2 r} is not below the longer side.
   */
  LycorisFactors lokr() {
    SideLengths outputs = SideLengths.of(weight[0], config.factor());
    SideLengths inputs = SideLengths.of(weight[1], config.factor());
    List<Factor> one =
        config.decomposeBoth() && isProduct(outputs.first(), inputs.first())
            ? List.of(
                new Factor("lokr_w1_a", outputs.first(), rank),
                new Factor("lokr_w1_b", rank, inputs.first()),
                Factor.ABSENT)
            : List.of(
                new Factor("lokr_w1", outputs.first(), inputs.first()),
                Factor.ABSENT,
                Factor.ABSENT);
    List<Factor> two =
        isProduct(outputs.second(), inputs.second())
            ? product(outputs.second(), inputs.second())
            : List.of(whole(outputs.second(), inputs.second()), Factor.ABSENT, Factor.ABSENT);
    return new LycorisFactors(
        Algo.LOKR, List.of(one.get(0), one.get(1), one.get(2), two.get(0), two.get(1), two.get(2)));
  }

  /** As in LyCORIS: not always where it has fewer values, unless the matrix is a square. */
  private boolean isProduct(long rows, long columns) {
    return !config.fullMatrix() && 2L * rank < Math.max(rows, columns);
  }

  private List<Factor> product(long rows, long columns) {
    return config.tucker() && kernel(weight) != 1
        ? List.of(
            new Factor("lokr_w2_a", rank, rows),
            new Factor("lokr_w2_b", rank, columns),
            new Factor("lokr_t2", rank, rank, weight[2], weight[3]))
        : List.of(
            new Factor("lokr_w2_a", rows, rank),
            new Factor("lokr_w2_b", rank, columns * kernel(weight)),
            Factor.ABSENT);
  }

  private Factor whole(long rows, long columns) {
    return weight.length == 2
        ? new Factor("lokr_w2", rows, columns)
        : new Factor("lokr_w2", rows, columns, weight[2], weight[3]);
  }

  private static long kernel(long[] weight) {
    return weight.length == 2 ? 1 : weight[2] * weight[3];
  }
}
