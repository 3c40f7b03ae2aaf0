package org.sparklora.model.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A tensor as a view of a flat array.
 *
 * @param shape the dimensions, outermost first
 * @param strides for each dimension, the distance in elements to its next index
 */
record StridedView(long[] shape, long[] strides) {
  /** The number of array elements from the first to the last one that the view uses. */
  long spanElements() {
    long last = 0;
    for (int i = 0; i < shape.length; i++) {
      if (shape[i] == 0) {
        return 0;
      }
      last += (shape[i] - 1) * strides[i];
    }
    return last + 1;
  }

  /** Whether the elements follow each other in row-major order. */
  boolean isContiguous() {
    long expected = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] == 0) {
        return true;
      }
      if (shape[i] != 1 && strides[i] != expected) {
        return false;
      }
      expected *= shape[i];
    }
    return true;
  }

  /** Copies the elements, of {@code width} bytes each, into row-major order. */
  ByteBuffer gather(ByteBuffer span, int width) {
    int elements = Math.toIntExact(new TensorInfo("view", TensorType.U8, shape).elements());
    ByteBuffer gathered =
        ByteBuffer.allocateDirect(Math.multiplyExact(elements, width))
            .order(ByteOrder.LITTLE_ENDIAN);
    long[] index = new long[shape.length];
    long from = 0;
    for (int to = 0; to < elements; to++) {
      gathered.put(to * width, span, (int) from * width, width);
      for (int i = shape.length - 1; i >= 0; i--) {
        from += strides[i];
        if (++index[i] < shape[i]) {
          break;
        }
        from -= index[i] * strides[i];
        index[i] = 0;
      }
    }
    return gathered.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }
}
