package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpsTest {
  @Test
  void backPropagatesThroughAnAdaptedLinearLayer() {
    try (Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      NDArray x = scope.create(new float[] {1, 2}, new Shape(1, 2));
      NDArray weight = scope.create(new float[] {1, 0, 0, 1}, new Shape(2, 2));
      NDArray a = scope.create(new float[] {1, 1}, new Shape(1, 2));
      NDArray b = scope.create(new float[] {2, 3}, new Shape(2, 1));
      NDArray scale = scope.create(0.5f);
      ops.requireGradient(a);
      ops.requireGradient(b);
      NDArray y =
          ops.recordGradients(
              () ->
                  ops.call(
                      scope,
                      "linear",
                      Ops.of(x),
                      Ops.of(
                          List.of(
                              weight,
                              ops.none(),
                              a,
                              b,
                              scale,
                              ops.none(),
                              ops.none(),
                              ops.none(),
                              ops.none()))));
      ops.backward(y, scope.ones(new Shape(1, 2)));
      assertThat(y.toFloatArray()).containsExactly(1 + 0.5f * 3 * 2, 2 + 0.5f * 3 * 3);
      assertThat(ops.gradient(a).toFloatArray()).containsExactly(2.5f, 5f);
      assertThat(ops.gradient(b).toFloatArray()).containsExactly(1.5f, 1.5f);
    }
  }

  @Test
  void aLeafOfATensorStartsAGraphOfItsOwn() {
    try (Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      NDArray x = scope.create(new float[] {1, 2});
      ops.requireGradient(x);
      NDArray computed = ops.recordGradients(() -> ops.call(scope, "center", Ops.of(x)));
      NDArray leaf = ops.leafOf(scope, computed, true);
      NDArray again = ops.recordGradients(() -> ops.call(scope, "center", Ops.of(leaf)));
      assertThat(ops.requiresGradient(computed)).isTrue();
      assertThat(ops.requiresGradient(ops.leafOf(scope, computed, false))).isFalse();
      ops.backward(again, scope.create(new float[] {3, 5}));
      assertThat(leaf.toFloatArray()).containsExactly(1, 3);
      assertThat(ops.gradient(leaf).toFloatArray()).containsExactly(6, 10);
      ops.backward(computed, ops.gradient(leaf));
      assertThat(ops.gradient(x).toFloatArray()).containsExactly(12, 20);
    }
  }

  @Test
  void anotherThreadMayTakeOver() throws Exception {
    try (Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      NDArray leaf = scope.zeros(new Shape(2));
      ops.requireGradient(leaf);
      NDArray flat = scope.create(new float[] {3, 4});
      Thread other =
          new Thread(() -> ops.call(scope, "scatter", Ops.of(flat), Ops.of(List.of(leaf))));
      other.start();
      other.join();
      assertThat(leaf.toFloatArray()).containsExactly(3, 4);
    }
  }

  /** A copy would wait for the GPU. */
  @Test
  void theNameOfACallHasNothingToCopy() {
    try (Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      List<Long> sizes = new ArrayList<>();
      ops.setObserver(
          new Ops.Observer() {
            @Override
            public void begin(String method, NDList arguments, boolean recorded) {
              sizes.add(arguments.get(0).size());
            }

            @Override
            public void observe(String method, NDList results, long nanoseconds) {
              // Arguments say it all.
            }
          });
      ops.call(scope, "center", Ops.of(scope.create(new float[] {1, 2})));
      assertThat(sizes).containsExactly(0L);
    }
  }

  @Test
  void dropoutDependsOnASamplesKeyAlone() {
    try (Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      long keep = Math.round(0.75 * 0x1p32);
      float[] both = dropped(ops, scope, new long[] {keep, 11, 22});
      float[] swapped = dropped(ops, scope, new long[] {keep, 22, 11});
      int half = both.length / 2;
      int zeros = 0;
      for (int i = 0; i < half; i++) {
        assertThat(both[i]).isEqualTo(swapped[half + i]).isIn(0f, 1 / 0.75f);
        zeros += both[i] == 0 ? 1 : 0;
      }
      assertThat(zeros / (double) half).isBetween(0.23, 0.27);
      assertThat(both).isNotEqualTo(swapped);
    }
  }

  private static float[] dropped(Ops ops, NDManager scope, long[] dropout) {
    NDArray x = scope.ones(new Shape(2, 100, 100));
    return ops.call(scope, "dropped", Ops.of(x), Ops.of(scope.create(dropout))).toFloatArray();
  }
}
