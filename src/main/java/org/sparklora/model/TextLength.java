package org.sparklora.model;

/**
 * How much of a caption text encoders read: pieces of 75 tokens, beside begin and end, as kohya's
 * {@code --max_token_length} counts them.
 */
public final class TextLength {
  /** The tokens of a piece. */
  public static final int PIECE = 75;

  /** The most tokens. */
  public static final int MOST = 225;

  private TextLength() {}

  /** The number of pieces of so many tokens; empty pieces count. */
  public static int pieces(int tokens) {
    return tokens / PIECE;
  }

  /** The number of tokens of so many pieces. */
  public static int tokens(int pieces) {
    return pieces * PIECE;
  }
}
