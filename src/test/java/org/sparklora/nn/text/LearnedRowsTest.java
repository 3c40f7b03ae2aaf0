package org.sparklora.nn.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.sparklora.nn.Activation;
import org.sparklora.nn.Layers;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;

/** Rows of the token embedding that are trained beside its table. */
class LearnedRowsTest {
  private static final int KNOWN = 11;
  private static final int WIDTH = 8;
  private static final int WORDS = 5;

  /** Two of three learned rows, one of them twice. */
  private static final long[] IDS = {3, 12, 0, 10, 7, 11, 12, 12, 9, 1};

  private final Ops ops = Ops.open(Device.cpu(), 1);
  private final NDManager scope = ops.manager().newSubManager();
  private int drawn;
  private final ClipTextModel model =
      new ClipTextModel(
          new ClipTextConfig(
              KNOWN, WIDTH, 16, 2, 2, WORDS, Activation.QUICK_GELU, 1e-5, 2, OptionalInt.empty()),
          Layers.of(ops, this::random));

  @AfterEach
  void close() {
    ops.close();
  }

  private NDArray random(String name, long... shape) {
    NDArray values = normals(ops.manager(), 100 + drawn++, shape);
    return name.endsWith("weight") && shape.length == 2
        ? values.mul(1 / Math.sqrt((double) shape[1]))
        : values;
  }

  private static NDArray normals(NDManager manager, int sample, long... shape) {
    int size = (int) new Shape(shape).size();
    return manager.create(
        KeyedRandom.of(3, Purpose.NOISE, 0, sample).normals(size), new Shape(shape));
  }

  private float[] states() {
    return model.hiddenStates(scope, ids(), 0).toFloatArray();
  }

  private NDArray ids() {
    return scope.create(IDS, new Shape(2, WORDS));
  }

  @Test
  void standForTheirIdsAsRowsOfTheTableWould() {
    NDArray rows = normals(scope, 1, 3, WIDTH);
    model.learnRows(KNOWN, rows);
    float[] learned = states();
    model.forgetRows();
    float[] flat = rows.toFloatArray();
    model.setTokenRows(
        KNOWN,
        new float[][] {
          Arrays.copyOfRange(flat, 0, WIDTH),
          Arrays.copyOfRange(flat, WIDTH, 2 * WIDTH),
          Arrays.copyOfRange(flat, 2 * WIDTH, 3 * WIDTH)
        });
    assertThat(learned).isEqualTo(states());
    // Rows the table has, too, are learned in its place.
    model.learnRows(KNOWN, scope.zeros(new Shape(3, WIDTH)));
    assertThat(states()).isNotEqualTo(learned);
    model.forgetRows();
    assertThat(states()).isEqualTo(learned);
  }

  @Test
  void haveTheGradientOfTheHiddenStates() {
    NDArray rows = normals(scope, 1, 3, WIDTH);
    NDArray upstream = normals(scope, 2, 2, WORDS, WIDTH);
    ops.requireGradient(rows);
    model.learnRows(KNOWN, rows);
    NDArray output = ops.recordGradients(() -> model.hiddenStates(scope, ids(), 0));
    ops.backward(output, upstream);
    float[] gradient = ops.gradient(rows).toFloatArray();
    float[] values = rows.toFloatArray();
    for (int i = 0; i < 2 * WIDTH; i++) {
      double slope =
          (moved(values, i, 0.01f, upstream) - moved(values, i, -0.01f, upstream)) / 0.02;
      assertThat(slope).as("value " + i).isCloseTo(gradient[i], offset(5e-3));
    }
    assertThat(gradient).hasSize(3 * WIDTH);
    assertThat(Arrays.copyOf(gradient, WIDTH)).isNotEqualTo(new float[WIDTH]);
    assertThat(Arrays.copyOfRange(gradient, 2 * WIDTH, 3 * WIDTH)).containsOnly(0f);
  }

  @Test
  void haveAGradientOfZeroWhereNoIdIsTheirs() {
    NDArray rows = normals(scope, 1, 2, WIDTH);
    ops.requireGradient(rows);
    model.learnRows(KNOWN, rows);
    NDArray ids = scope.create(new long[] {1, 2, 3, 4, 5}, new Shape(1, WORDS));
    NDArray output = ops.recordGradients(() -> model.hiddenStates(scope, ids, 0));
    ops.backward(output, normals(scope, 2, 1, WORDS, WIDTH));
    assertThat(ops.gradient(rows).toFloatArray()).containsOnly(0f);
  }

  private double moved(float[] values, int at, float by, NDArray upstream) {
    float[] moved = values.clone();
    moved[at] += by;
    model.learnRows(KNOWN, scope.create(moved, new Shape(3, WIDTH)));
    float[] states = states();
    float[] weights = upstream.toFloatArray();
    double sum = 0;
    for (int i = 0; i < states.length; i++) {
      sum += (double) states[i] * weights[i];
    }
    return sum;
  }
}
