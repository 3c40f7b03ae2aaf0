package org.sparklora.spark.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sparklora.tensor.LibTorch;
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

  @Test
  void aGpuForALibtorchOfCpusIsOneClearError() {
    LibTorch.load();
    assumeThat(Engine.getInstance().hasCapability(StandardCapabilities.CUDA)).isFalse();
    assertThat(GpuAssignment.usable(Device.cpu())).isEqualTo(Device.cpu());
    assertThatThrownBy(() -> GpuAssignment.usable(Device.gpu(0)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Missing CUDA: Spark gives this worker GPU 0, but");
  }
}
