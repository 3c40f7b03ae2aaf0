package org.sparklora.model;

/** How a stored weight becomes another. */
public sealed interface WeightChange {
  /** Values added to each row in fp64, before the one rounding to the stored type. */
  record Added(RowUpdate update) implements WeightChange {}

  /**
   * Rows put after the last.
   *
   * @param rows {@code [count][columns]}
   */
  record MoreRows(float[][] rows) implements WeightChange {}

  /** What is added to a weight. */
  interface RowUpdate {
    /**
     * Adds to one row.
     *
     * @param row the weights of one output, {@code in} or {@code in x k x k} values
     * @param index which output
     */
    void addTo(double[] row, int index);
  }
}
