package org.sparklora.schedulers;

/** Where a scheduler that draws noise has it from. */
@FunctionalInterface
public interface NoiseSource {
  /**
   * Standard normal values.
   *
   * @param index the step that asks, at most once
   * @param length how many
   */
  float[] normal(int index, int length);

  /** For schedulers that draw none. */
  static NoiseSource none() {
    return (index, length) -> {
      throw new IllegalStateException(
          "this scheduler draws noise, which the caller did not expect");
    };
  }
}
