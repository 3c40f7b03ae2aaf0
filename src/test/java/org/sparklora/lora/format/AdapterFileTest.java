package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterFileTest {
  private static final Path GOLDEN =
      Path.of("src/test/resources/golden/sd15/adapter_start.safetensors");

  @TempDir private Path folder;

  @Test
  void readsBackWhatItWrote() throws IOException {
    AdapterFile read = AdapterFile.read(GOLDEN);
    assertThat(read.format()).isEqualTo(AdapterFormat.DIFFUSERS);
    Path copy = folder.resolve("copy.any");
    AdapterFormat.DIFFUSERS.write(read.adapter(), copy);
    assertThat(AdapterFile.read(copy).adapter())
        .usingRecursiveComparison()
        .isEqualTo(read.adapter());
    assertThat(folder).isDirectoryContaining(path -> path.equals(copy));
  }
}
