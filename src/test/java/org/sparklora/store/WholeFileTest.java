package org.sparklora.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
  @TempDir Path folder;

  @Test
  void readsAFileWhole() throws IOException {
    Path file = Files.write(folder.resolve("a b#c.json"), new byte[] {1, 2, 3});
    assertThat(RegularFile.read(file, 3)).containsExactly(1, 2, 3);
    assertThat(readByHadoop(file, 3)).containsExactly(1, 2, 3);
  }

  @Test
  void refusesALongerFileWithoutReadingIt() throws IOException {
    Path file = Files.write(folder.resolve("a"), new byte[5]);
    String message = "it has 5 bytes, more than the 4 that are read";
    assertThatThrownBy(() -> RegularFile.read(file, 4)).hasMessage(message);
    assertThatThrownBy(() -> readByHadoop(file, 4)).hasMessage(message);
  }

  @Test
  void readsFilesThatDoNotSayHowLongTheyAre() throws IOException {
    assertThat(Files.size(Path.of("/proc/self/status"))).isZero();
    assertThat(
            new String(
                RegularFile.read(Path.of("/proc/self/status"), 1 << 20), StandardCharsets.UTF_8))
        .startsWith("Name:")
        .endsWith("\n");
    assertThatThrownBy(() -> RegularFile.read(Path.of("/proc/self/status"), 10))
        .hasMessage("it has more than the 10 bytes that are read");
  }

  @Test
  void refusesWhatIsNoRegularFileAndSaysWhatItIs() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertThatThrownBy(() -> RegularFile.read(pipe, 9))
        .hasMessage("it is a named pipe, not a regular file");
    assertThatThrownBy(() -> readByHadoop(pipe, 9))
        .hasMessage("it is a named pipe, not a regular file");
    assertThatThrownBy(() -> RegularFile.read(Path.of("/dev/zero"), 9))
        .hasMessage("it is a device, not a regular file");
    assertThatThrownBy(() -> RegularFile.read(folder, 9))
        .hasMessage("it is a folder, not a regular file");
    assertThatThrownBy(() -> readByHadoop(folder, 9))
        .hasMessage("it is a folder, not a regular file");
    assertThatThrownBy(() -> RegularFile.read(folder.resolve("none"), 9))
        .isInstanceOf(NoSuchFileException.class);
  }

  private static byte[] readByHadoop(Path file, long most) throws IOException {
    FileSystem files = FileSystem.getLocal(new Configuration());
    return WholeFile.read(files, new org.apache.hadoop.fs.Path(file.toString()), most);
  }
}
