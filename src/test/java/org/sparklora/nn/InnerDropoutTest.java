package org.sparklora.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.sparklora.tensor.Ops;

/** Dropout between A and B: what is kept, and that a layer computes kohya's formula with it. */
class InnerDropoutTest {
  private static final long ALL = 1L << 32;
  private static final int RANK = 8;
  private static final int TOKENS = 50;
  private static final int SAMPLES = 3;

  private static float[] factors(Ops ops, Shape down, long values, long ranks, long modules) {
    NDManager manager = ops.manager();
    long[] keys = {values, ranks, modules, 11, 222, 3333};
    return ops.call(
            manager, "inner_factors", Ops.of(manager.ones(down)), Ops.of(manager.create(keys)))
        .toFloatArray();
  }

  private static SortedSet<Float> distinct(float[] factors) {
    SortedSet<Float> distinct = new TreeSet<>();
    for (float factor : factors) {
      distinct.add(factor);
    }
    return distinct;
  }

  @Test
  void valuesRanksAndLayersAreKeptByTheirShares() {
    Shape down = new Shape(SAMPLES, TOKENS, RANK);
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      float[] values = factors(ops, down, ALL / 4 * 3, ALL, ALL);
      assertThat(distinct(values)).containsExactly(0f, 4 / 3f);
      long kept = distinctKept(values);
      assertThat(kept / (double) values.length).isCloseTo(0.75, within(0.05));
      float[] ranks = factors(ops, down, ALL, ALL / 2, ALL);
      assertThat(distinct(ranks)).containsExactly(0f, 2f);
      for (int i = 0; i < ranks.length; i++) {
        int sample = i / (TOKENS * RANK);
        assertThat(ranks[i]).isEqualTo(ranks[sample * TOKENS * RANK + i % RANK]);
      }
      int layers = 0;
      for (int key = 0; key < 200; key++) {
        long[] keys = {ALL, ALL, ALL / 4, key};
        float[] one =
            ops.call(
                    ops.manager(),
                    "inner_factors",
                    Ops.of(ops.manager().ones(new Shape(1, TOKENS, RANK))),
                    Ops.of(ops.manager().create(keys)))
                .toFloatArray();
        assertThat(distinct(one)).hasSize(1);
        layers += (int) one[0];
      }
      assertThat(layers / 200.0).isCloseTo(0.25, within(0.1));
    }
  }

  /** A convolution's ranks are its channels. */
  @Test
  void ranksOfAConvolutionAreWholePictures() {
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      float[] ranks = factors(ops, new Shape(SAMPLES, RANK, 5, 4), ALL, ALL / 2, ALL);
      for (int i = 0; i < ranks.length; i++) {
        assertThat(ranks[i]).isEqualTo(ranks[i / 20 * 20]);
      }
      float[] linear = factors(ops, new Shape(SAMPLES, 20, RANK), ALL, ALL / 2, ALL);
      for (int sample = 0; sample < SAMPLES; sample++) {
        for (int rank = 0; rank < RANK; rank++) {
          assertThat(ranks[(sample * RANK + rank) * 20])
              .isEqualTo(linear[sample * 20 * RANK + rank]);
        }
      }
    }
  }

  @Test
  void aSampleHasTheSameMaskInAnyMicroBatch() {
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      float[] three = factors(ops, new Shape(SAMPLES, TOKENS, RANK), ALL / 2, ALL / 2, ALL / 2);
      NDArray keys = ops.manager().create(new long[] {ALL / 2, ALL / 2, ALL / 2, 222});
      float[] one =
          ops.call(
                  ops.manager(),
                  "inner_factors",
                  Ops.of(ops.manager().ones(new Shape(1, TOKENS, RANK))),
                  Ops.of(keys))
              .toFloatArray();
      int size = TOKENS * RANK;
      assertThat(one).isEqualTo(Arrays.copyOfRange(three, size, 2 * size));
    }
  }

  private static long distinctKept(float[] values) {
    long kept = 0;
    for (float value : values) {
      kept += value > 0 ? 1 : 0;
    }
    return kept;
  }
}
