package org.sparklora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;
import org.sparklora.util.InvalidInputException;

/** The estimate beside what was measured of Stable Diffusion 1.5, whose finest blocks have 320. */
class GradientMemoryTest {
  private static final int CHANNELS = 320;
  private static final long GIB = 1L << 30;

  @Test
  void whatWasMeasuredToFitIsTakenWithoutAWord() {
    assertThat(warning(1, Precision.BF16, false, 512, GIB)).isEmpty();
    assertThat(warning(4, Precision.BF16, false, 512, 3 * GIB)).isEmpty();
    assertThat(warning(1, Precision.FP32, true, 512, GIB)).isEmpty();
  }

  @Test
  void aBatchThatWasMeasuredToNeedMoreIsWarnedOf() {
    assertThat(warning(16, Precision.BF16, false, 512, 4 * GIB).orElseThrow())
        .contains("--train_batch_size 16", "--resolution 512", "it has 4.0 GiB", "about 6.6 GiB");
    assertThat(warning(4, Precision.BF16, false, 1024, 4 * GIB)).isPresent();
  }

  @Test
  void aBatchThatCannotFitIsRefused() {
    assertThatThrownBy(() -> warning(1000, Precision.BF16, true, 512, 4 * GIB))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Invalid --train_batch_size: 1000; at --resolution 512")
        .hasMessageContaining("at least 97.7 GiB, and it has 4.0 GiB");
    assertThatThrownBy(() -> warning(1, Precision.FP32, false, 16384, 64 * GIB))
        .isInstanceOf(InvalidInputException.class);
  }

  private static Optional<String> warning(
      int batch, Precision precision, boolean checkpointing, int resolution, long memory) {
    BatchConfig config =
        new BatchConfig(batch, 1, 1, 1, 0, precision, AttentionKernel.DEFAULT, checkpointing);
    return GradientMemory.warning(CHANNELS, config, resolution, memory);
  }
}
