package org.sparklora.model;

/** A change of a stored weight. */
public sealed interface WeightChange {
  /** A change of each row in fp64, before the one rounding to the stored type. */
  record Rows(RowUpdate update) implements WeightChange {}

  /**
   * Rows put after the last.
   *
   * @param rows {@code [count][columns]}
   */
  record MoreRows(float[][] rows) implements WeightChange {}

  /** A change of the rows of a weight. */
  interface RowUpdate {
    /**
     * Changes one row.
     *
     * @param row the weights of one output, {@code in} or {@code in x k x k} values
     * @param index of the output
     */
    void applyTo(double[] row, int index);
  }
}
