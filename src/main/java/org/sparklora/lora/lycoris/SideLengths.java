package org.sparklora.lora.lycoris;

/**
 * A layer's inputs or outputs as the product of two numbers, for the two matrices of a Kronecker
 * product.
 *
 * @param first the smaller one, of W1
 * @param second the larger one, of W2
 */
record SideLengths(long first, long second) {
  /**
   * Divides a length as LyCORIS' {@code factorization} does.
   *
   * @param factor what the first should be: exactly, if it divides the length; otherwise the two
   *     are as near to each other as they can be with the first at most this; -1 for no bound
   */
  static SideLengths of(long length, int factor) {
    if (factor > 0 && length % factor == 0) {
      long other = length / factor;
      return new SideLengths(Math.min(factor, other), Math.max(factor, other));
    }
    long most = factor < 0 ? length : factor;
    long first = 1;
    long second = length;
    while (first < second) {
      long next = first + 1;
      while (length % next != 0) {
        next++;
      }
      if (next + length / next > 1 + length || next > most) {
        break;
      }
      first = next;
      second = length / next;
    }
    return new SideLengths(Math.min(first, second), Math.max(first, second));
  }
}
