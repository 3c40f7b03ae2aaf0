package org.sparklora.spark.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.sparklora.util.InvalidInputException;

class GpuAssignmentTest {
  private final SparkConf conf = new SparkConf(false);

  @Test
  void aTaskWithoutAGpuComputesOnTheCpu() {
    assertThat(GpuAssignment.number(List.of(), conf)).isEmpty();
  }

  @Test
  void aTaskComputesOnTheGpuThatSparkGaveIt() {
    assertThat(GpuAssignment.number(List.of("3"), conf)).hasValue(3);
    assertThatCode(() -> require(3, true, OptionalInt.of(4))).doesNotThrowAnyException();
  }

  @Test
  void severalGpusATaskAreRefused() {
    assertThatThrownBy(() -> GpuAssignment.number(List.of("0", "1"), conf))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("spark.task.resource.gpu.amount: 2");
  }

  @Test
  void anAddressThatIsNoDeviceNumberIsRefused() {
    for (String address : List.of("GPU-8f3a", "-1", "1.5", "")) {
      assertThatThrownBy(() -> GpuAssignment.number(List.of(address), conf))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("Invalid GPU address: " + address + ";");
    }
  }

  @Test
  void aTaskThatGotNoneAlthoughItAskedIsRefused() {
    conf.set("spark.task.resource.gpu.amount", "0.5");
    assertThatThrownBy(() -> GpuAssignment.number(List.of(), conf))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(
            "Missing GPU address: spark.task.resource.gpu.amount is 0.5, and Spark gave this"
                + " worker none");
  }

  @Test
  void aGpuForALibtorchOfCpusIsOneClearError() {
    assertThatThrownBy(() -> require(0, false, OptionalInt.empty()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Missing CUDA: Spark gives this worker GPU 0, but");
  }

  @Test
  void anAddressBeyondTheDevicesOfTheProcessIsRefused() {
    assertThatThrownBy(() -> require(2, true, OptionalInt.of(2)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(
            "Invalid GPU address: 2; CUDA shows 2 GPUs to this executor, counted from 0"
                + " (CUDA_VISIBLE_DEVICES=4,6): ");
  }

  /** Where the driver's library cannot be asked, libtorch itself will say what is wrong. */
  @Test
  void anUnknownNumberOfDevicesRefusesNone() {
    assertThatCode(() -> require(2, true, OptionalInt.empty())).doesNotThrowAnyException();
  }

  private static void require(int number, boolean usable, OptionalInt count) {
    GpuAssignment.requireVisible(number, usable, count, Optional.of("4,6"));
  }
}
