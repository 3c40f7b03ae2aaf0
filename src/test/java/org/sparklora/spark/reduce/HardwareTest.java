package org.sparklora.spark.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HardwareTest {
  @Test
  void namesTheModelOfTheGpuThatAWorkerHas() {
    assertThat(Hardware.of("amd64, AMD EPYC", Device.gpu(1), number -> Optional.of("L4 " + number)))
        .isEqualTo("amd64, AMD EPYC, gpu L4 1");
    assertThat(Hardware.of("amd64, AMD EPYC", Device.gpu(0), number -> Optional.empty()))
        .isEqualTo("amd64, AMD EPYC, gpu");
  }

  @Test
  void asksNoDriverForACpu() {
    assertThat(
            Hardware.of(
                "aarch64",
                Device.cpu(),
                number -> {
                  throw new AssertionError();
                }))
        .isEqualTo("aarch64, cpu");
  }
}
