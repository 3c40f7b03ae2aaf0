package org.sparklora.spark.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sparklora.util.InvalidInputException;

class GpuAssignmentTest {
  @Test
  void aTaskWithoutAGpuComputesOnTheCpu() {
    assertThat(GpuAssignment.device(List.of())).isEqualTo(Device.cpu());
  }

  @Test
  void aTaskComputesOnTheGpuThatSparkGaveIt() {
    assertThat(GpuAssignment.device(List.of("3"))).isEqualTo(Device.gpu(3));
  }

  @Test
  void severalGpusATaskAreRefused() {
    assertThatThrownBy(() -> GpuAssignment.device(List.of("0", "1")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("spark.task.resource.gpu.amount: 2");
  }

  @Test
  void anAddressThatIsNoDeviceNumberIsRefused() {
    assertThatThrownBy(() -> GpuAssignment.device(List.of("GPU-8f3a")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("GPU-8f3a");
  }
}
