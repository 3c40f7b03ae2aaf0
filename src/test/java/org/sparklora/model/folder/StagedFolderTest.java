package org.sparklora.model.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.store.RenamingFileSystem;

class StagedFolderTest {
  @TempDir private Path folder;

  @Test
  void aFolderThatCannotBeReplacedStays() throws IOException {
    AtomicInteger moves = new AtomicInteger();
    Configuration hadoop =
        RenamingFileSystem.configuration(
            (operation, path) -> {
              if (operation.equals("rename") && moves.incrementAndGet() == 3) {
                throw new IOException("the disk is away");
              }
            });
    write(hadoop, 1);

    assertThatThrownBy(() -> write(hadoop, 2)).hasMessage("the disk is away");

    assertThat(folder.resolve("model/weights")).hasBinaryContent(new byte[] {1});
    write(hadoop, 3);
    assertThat(folder.resolve("model/weights")).hasBinaryContent(new byte[] {3});
    assertThat(Files.exists(folder.resolve(".model.old"))).isFalse();
  }

  private void write(Configuration hadoop, int content) throws IOException {
    String place = "renaming://" + folder.resolve("model").toUri().getPath();
    try (StagedOutput output = StagedOutput.open(place, hadoop)) {
      try (OutputStream out = output.file("weights")) {
        out.write(content);
      }
      output.commit();
    }
  }
}
