package org.sparklora.spark.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.sparklora.nn.Activation;
import org.sparklora.nn.vae.AutoencoderConfig;
import org.sparklora.nn.vae.AutoencoderKLConfig;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.MemoryRoom;

/** The estimate beside what was measured (see memory.md), and beside what people encode. */
class EncodingMemoryTest {
  private static final AutoencoderConfig STABLE_DIFFUSION =
      new AutoencoderKLConfig(
          3, 3, List.of(128, 256, 512, 512), 2, Activation.SILU, 4, 32, 0.18215, true, true, true);

  @Test
  void whatPeopleEncodeIsTakenWithoutAWord() {
    assertThat(warning(1024, 24, 24)).isEmpty();
    assertThat(warning(1024, 24, 4)).isEmpty();
    assertThat(warning(512, 4, 2)).isEmpty();
  }

  @Test
  void tasksThatAreLikelyToNeedMoreTogetherAreWarnedOf() {
    assertThat(warning(1024, 24, 1).orElseThrow())
        .contains("--resolution 1024 may be too large; encoding a picture takes about 3.5 GiB")
        .contains("a task may take 1.0 GiB while all of them work");
  }

  @Test
  void aPictureThatCannotBeEncodedIsRefused() {
    assertThatThrownBy(() -> warning(16384, 24, 24))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Invalid --resolution: 16384; encoding a picture takes at least 512")
        .hasMessageContaining("and a task may take 24.0 GiB");
  }

  private static Optional<String> warning(int resolution, long alone, long shared) {
    return EncodingMemory.warning(
        STABLE_DIFFUSION,
        resolution,
        new MemoryRoom(OptionalLong.of(alone << 30), OptionalLong.of(shared << 30)));
  }
}
