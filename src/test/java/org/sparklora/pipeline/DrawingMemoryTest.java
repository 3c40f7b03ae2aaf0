package org.sparklora.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.pipeline.request.ImageSize;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.MemoryRoom;

/** The estimate beside what was measured (see memory.md), and beside what people draw. */
class DrawingMemoryTest {
  private static final long GIB = 1L << 30;
  private static final String SD15 = "sd15-layout";
  private static final String SDXL = "sdxl-layout";

  @Test
  void whatPeopleDrawIsTakenWithoutAWord() {
    assertThat(warnings(room(24), SD15, 512, 4)).isEmpty();
    assertThat(warnings(room(24), SDXL, 1024, 1)).isEmpty();
    assertThat(warnings(room(16), SDXL, 1024, 1)).isEmpty();
    assertThat(warnings(room(16), SD15, 512, 8)).isEmpty();
    assertThat(warnings(room(8), SD15, 768, 1)).isEmpty();
  }

  @Test
  void whatIsLikelyToNeedMoreIsWarnedOf() {
    assertThat(warnings(room(24), SD15, 2304, 1))
        .singleElement()
        .asString()
        .contains("--height and --width 2304 x 2304 may be too large; decoding a picture takes")
        .contains("a task may take 24.0 GiB");
    MemoryRoom shared = new MemoryRoom(OptionalLong.of(24 * GIB), OptionalLong.of(3 * GIB));
    assertThat(warnings(shared, SDXL, 1024, 1))
        .first()
        .asString()
        .contains("a task may take 3.0 GiB while all of them work");
  }

  @Test
  void aPictureThatCannotBeDecodedIsRefused() {
    assertThatThrownBy(() -> warnings(room(24), SD15, 8192, 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Invalid --height and --width: 8192 x 8192")
        .hasMessageContaining("decoding a picture takes at least 192.0 GiB")
        .hasMessageContaining("a task may take 24.0 GiB. Make the pictures smaller");
  }

  @Test
  void aBatchThatCannotFitIsRefused() {
    assertThatThrownBy(() -> warnings(room(24), SD15, 512, 1024))
        .hasMessageContaining("Invalid --batch_size: 1024")
        .hasMessageContaining("a step of drawing 1024 pictures of 512 x 512 takes at least")
        .hasMessageContaining("Lower --batch_size");
  }

  @Test
  void whereNothingIsKnownNothingIsRefused() {
    assertThat(warnings(MemoryRoom.UNKNOWN, SD15, 16384, 1024)).isEmpty();
  }

  private static MemoryRoom room(long gib) {
    return new MemoryRoom(OptionalLong.of(gib * GIB), OptionalLong.of(gib * GIB));
  }

  private static List<String> warnings(MemoryRoom room, String layout, int side, int batch) {
    String location = Path.of("src/test/resources", layout).toUri().toString();
    ModelFolder model = ModelFolder.open(location, new Configuration(false), Optional.empty());
    return DrawingMemory.ofGenerate(room)
        .warnings(
            NetworkLoader.unetConfig(model),
            NetworkLoader.vaeConfig(model),
            SamplingConfig.of(20, 7.5),
            new ImageSize(side, side),
            batch);
  }
}
