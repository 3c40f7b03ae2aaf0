package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParcelTest {
  @Test
  void arraysArriveInOrderAndShapeWhateverTheirSizes() {
    float[] many = new float[35];
    many[34] = 7;
    try (Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      List<NDArray> arrays =
          new Parcel()
              .add(new float[] {1, 2, 3, 4, 5, 6}, 2, 3)
              .add(many, 5, 7)
              .add(new float[] {8}, 1)
              .send(ops, scope);
      assertThat(arrays).hasSize(3);
      assertThat(arrays.get(0).getShape()).isEqualTo(new Shape(2, 3));
      assertThat(arrays.get(0).toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(arrays.get(1).getShape()).isEqualTo(new Shape(5, 7));
      assertThat(arrays.get(1).toFloatArray()).containsExactly(many);
      assertThat(arrays.get(2).toFloatArray()).containsExactly(8);
    }
  }
}
