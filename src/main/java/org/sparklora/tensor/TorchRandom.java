package org.sparklora.tensor;

/**
 * Draws the normal numbers of {@code torch.randn} on a CPU with {@code
 * torch.Generator().manual_seed(seed)}, so that a seed gives the same picture as in diffusers: the
 * Mersenne twister (Matsumoto and Nishimura 1998, MT19937), 24 random bits a number, Box-Muller in
 * blocks of 16.
 */
public final class TorchRandom {
  private static final int STATE = 624;
  private static final int SHIFT = 397;
  private static final int BLOCK = 16;

  private final int[] state = new int[STATE];
  private int next = STATE;

  public TorchRandom(long seed) {
    state[0] = (int) seed;
    for (int i = 1; i < STATE; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  /**
   * Draws {@code length} standard normal values, as one tensor of that many elements.
   *
   * @throws IllegalArgumentException for fewer than 16, which torch draws in another way
   */
  public float[] normal(int length) {
    if (length < BLOCK) {
      throw new IllegalArgumentException("at least 16 values at once, not " + length);
    }
    float[] values = new float[length];
    fillUniform(values, 0);
    for (int start = 0; start + BLOCK <= length; start += BLOCK) {
      boxMuller(values, start);
    }
    if (length % BLOCK != 0) {
      // The last 16 are drawn again and overlap the block before.
      fillUniform(values, length - BLOCK);
      boxMuller(values, length - BLOCK);
    }
    return values;
  }

  private void fillUniform(float[] values, int from) {
    for (int i = from; i < values.length; i++) {
      values[i] = (nextInt() & 0xffffff) * 0x1p-24f;
    }
  }

  /** Value j gives the radius, value j + 8 the angle. */
  private static void boxMuller(float[] values, int start) {
    for (int j = start; j < start + BLOCK / 2; j++) {
      float radius = (float) Math.sqrt(-2 * (float) StrictMath.log(1 - values[j]));
      float angle = (float) (2 * Math.PI) * values[j + BLOCK / 2];
      values[j] = radius * (float) StrictMath.cos(angle);
      values[j + BLOCK / 2] = radius * (float) StrictMath.sin(angle);
    }
  }

  private int nextInt() {
    if (next == STATE) {
      twist();
      next = 0;
    }
    int y = state[next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }

  private void twist() {
    for (int i = 0; i < STATE; i++) {
      int y = (state[i] & 0x80000000) | (state[(i + 1) % STATE] & 0x7fffffff);
      state[i] = state[(i + SHIFT) % STATE] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
    }
  }
}
