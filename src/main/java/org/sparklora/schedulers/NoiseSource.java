package org.sparklora.schedulers;

/** The source of noise for schedulers that draw noise. */
@FunctionalInterface
public interface NoiseSource {
  /**
   * Standard normal values.
   *
   * @param index of the step that asks; each step asks at most once
   * @param length number of values
   */
  float[] normal(int index, int length);

  /** A source for schedulers that draw no noise. */
  static NoiseSource none() {
    return (index, length) -> {
      throw new IllegalStateException(
          "this scheduler draws noise, which the caller did not expect");
    };
  }
}
