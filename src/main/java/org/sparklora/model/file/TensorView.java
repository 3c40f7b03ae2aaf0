package org.sparklora.model.file;

/**
 * A tensor as a part of a stored one, under another name.
 *
 * @param original the stored tensor's name
 * @param firstRow where the part begins in the stored tensor's outermost dimension
 * @param transposed whether the stored matrix is transposed
 * @param info the name and shape it has here; its type is the stored one's
 */
public record TensorView(String original, long firstRow, boolean transposed, TensorInfo info) {
  /** All of a stored tensor under another name. */
  public static TensorView renamed(TensorInfo stored, String name) {
    return reshaped(stored, name, stored.shape());
  }

  /** All of a stored tensor in another shape, of as many values in the same order. */
  public static TensorView reshaped(TensorInfo stored, String name, long... shape) {
    return new TensorView(
        stored.name(), 0, false, new TensorInfo(name, stored.type(), shape.clone()));
  }

  /** Some rows of a stored tensor. */
  public static TensorView rows(TensorInfo stored, String name, long first, long count) {
    long[] shape = stored.shape().clone();
    shape[0] = count;
    return new TensorView(stored.name(), first, false, new TensorInfo(name, stored.type(), shape));
  }

  /** Makes a view of a stored matrix, transposed. */
  public static TensorView transposed(TensorInfo stored, String name) {
    long[] shape = {stored.shape()[1], stored.shape()[0]};
    return new TensorView(stored.name(), 0, true, new TensorInfo(name, stored.type(), shape));
  }

  /** How many bytes of the stored tensor lie before the part. */
  long skippedBytes() {
    long rows = info.shape().length == 0 ? 1 : Math.max(1, info.shape()[0]);
    return firstRow * (info.bytes() / rows);
  }
}
