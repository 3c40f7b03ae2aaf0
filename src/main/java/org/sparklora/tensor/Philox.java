package org.sparklora.tensor;

/**
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3" (SC'11): ten rounds of a bijection on 128-bit counters, chosen by a
 * 64-bit key.
 */
final class Philox {
  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;

  private Philox() {}

  /**
   * 128 random bits, the words of 32 in order: {@code first} holds words 0 and 1, low word first.
   */
  record Block(long first, long second) {}

  /**
   * Encrypts a counter.
   *
   * @param key words 0 and 1 of the key, low word first
   * @param low words 0 and 1 of the counter, low word first
   * @param high words 2 and 3 of the counter, low word first
   */
  static Block block(long key, long low, long high) {
    int key0 = (int) key;
    int key1 = (int) (key >>> 32);
    int word0 = (int) low;
    int word1 = (int) (low >>> 32);
    int word2 = (int) high;
    int word3 = (int) (high >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * Integer.toUnsignedLong(word0);
      long product1 = MULTIPLIER_1 * Integer.toUnsignedLong(word2);
      word0 = (int) (product1 >>> 32) ^ word1 ^ key0;
      word1 = (int) product1;
      word2 = (int) (product0 >>> 32) ^ word3 ^ key1;
      word3 = (int) product0;
      key0 += WEYL_0;
      key1 += WEYL_1;
    }
    return new Block(join(word0, word1), join(word2, word3));
  }

  private static long join(int low, int high) {
    return Integer.toUnsignedLong(low) | ((long) high << 32);
  }
}
