package org.sparklora.model;

/** How a stored weight becomes another. */
public sealed interface WeightChange {
  /** A change of each row in fp64, before the one rounding to the stored type. */
  record Rows(RowUpdate update) implements WeightChange {}

  /**
   * Rows put after the last.
   *
   * @param rows {@code [count][columns]}
   */
  record MoreRows(float[][] rows) implements WeightChange {}

  /** What is done to a weight. */
  interface RowUpdate {
    /**
     * Changes one row.
     *
     * @param row the weights of one output, {@code in} or {@code in x k x k} values
     * @param index which output
     */
    void applyTo(double[] row, int index);
  }
}
