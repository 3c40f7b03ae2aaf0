package org.sparklora.cli.kohya;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.util.InvalidInputException;

class KohyaFilesTest {
  @TempDir private Path folder;

  @Test
  void whatNeverEndsAndWhatIsNoTextIsRefused() throws IOException {
    assertThatThrownBy(() -> KohyaFiles.text(Path.of("/dev/zero")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("it is a device, not a regular file");
    Path bytes = Files.write(folder.resolve("bytes.toml"), new byte[] {(byte) 0xff, 0});
    assertThatThrownBy(() -> KohyaFiles.text(bytes))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("cannot be read as UTF-8 text");
    assertThat(KohyaFiles.text(Files.writeString(folder.resolve("a.toml"), "a = 1")))
        .isEqualTo("a = 1");
  }
}
