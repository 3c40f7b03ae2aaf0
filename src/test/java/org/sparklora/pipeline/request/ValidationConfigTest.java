package org.sparklora.pipeline.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.sparklora.pipeline.request.ValidationConfig.Every;

class ValidationConfigTest {
  @Test
  void stepsComeAtTheirMultiples() {
    Every every = new Every(OptionalLong.of(50), 1);
    assertThat(every.after(0, 100, 8)).isEqualTo(50);
    assertThat(every.after(49, 100, 8)).isEqualTo(50);
    assertThat(every.after(50, 100, 8)).isEqualTo(100);
  }

  @Test
  void anEpochEndsWithTheStepThatSeesItsLastSample() {
    Every every = new Every(OptionalLong.empty(), 1);
    assertThat(every.after(0, 100, 8)).isEqualTo(13);
    assertThat(every.after(12, 100, 8)).isEqualTo(13);
    assertThat(every.after(13, 100, 8)).isEqualTo(25);
    assertThat(new Every(OptionalLong.empty(), 2).after(0, 100, 8)).isEqualTo(25);
    assertThat(every.after(0, 4, 8)).as("steps of several epochs").isEqualTo(1);
    assertThat(every.after(1, 4, 8)).isEqualTo(2);
  }
}
