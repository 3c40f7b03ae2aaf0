package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The known-answer vectors that the authors publish with Random123. */
class PhiloxTest {
  @Test
  void encryptsZeroAsPublished() {
    assertThat(Philox.block(0, 0, 0))
        .isEqualTo(words(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
  }

  @Test
  void encryptsAllOnesAsPublished() {
    assertThat(Philox.block(-1, -1, -1))
        .isEqualTo(words(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd));
  }

  @Test
  void encryptsDigitsOfPiAsPublished() {
    Philox.Block counter = words(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344);
    long key = words(0xa4093822, 0x299f31d0, 0, 0).first();
    assertThat(Philox.block(key, counter.first(), counter.second()))
        .isEqualTo(words(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1));
  }

  private static Philox.Block words(int word0, int word1, int word2, int word3) {
    return new Philox.Block(
        Integer.toUnsignedLong(word0) | (long) word1 << 32,
        Integer.toUnsignedLong(word2) | (long) word3 << 32);
  }
}
