package org.sparklora.data.order;

import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;

/**
 * A permutation of 0..size-1 that is a function of (seed, epoch), without a table: a generalised
 * Feistel cipher on an {@code a x b} grid just larger than the range, walked until it lands inside
 * (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002).
 */
final class KeyedPermutation {
  /**
   * The number of rounds. With 16, all orders of a few samples are about equally likely; 12 are too
   * few for six samples.
   */
  private static final int ROUNDS = 16;

  private final long seed;
  private final long epoch;
  private final long size;
  private final long rows;
  private final long columns;

  KeyedPermutation(long seed, long epoch, long size) {
    this.seed = seed;
    this.epoch = epoch;
    this.size = size;
    this.rows = (long) Math.ceil(Math.sqrt((double) size));
    this.columns = (size + rows - 1) / rows;
  }

  /** The index that the permutation gives to a position. */
  long at(long position) {
    long cell = position;
    do {
      cell = encrypt(cell);
    } while (cell >= size);
    return cell;
  }

  /** The position that {@link #at} maps to an index. */
  long positionOf(long index) {
    long cell = index;
    do {
      cell = decrypt(cell);
    } while (cell >= size);
    return cell;
  }

  private long encrypt(long cell) {
    long row = cell / columns;
    long column = cell % columns;
    for (int round = 0; round < ROUNDS; round += 2) {
      row = (row + draw(round, column, rows)) % rows;
      column = (column + draw(round + 1, row, columns)) % columns;
    }
    return row * columns + column;
  }

  private long decrypt(long cell) {
    long row = cell / columns;
    long column = cell % columns;
    for (int round = ROUNDS - 2; round >= 0; round -= 2) {
      column = Math.floorMod(column - draw(round + 1, row, columns), columns);
      row = Math.floorMod(row - draw(round, column, rows), rows);
    }
    return row * columns + column;
  }

  private long draw(int round, long other, long bound) {
    return KeyedRandom.of(seed, Purpose.SHUFFLE, epoch, other * ROUNDS + round).below(bound);
  }
}
