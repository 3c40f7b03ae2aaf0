package org.sparklora.data.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderFilesTest {
  @TempDir private Path folder;

  @BeforeEach
  void writeOnePictureWithThreeNames() throws IOException {
    Files.write(folder.resolve("mask.png"), new byte[] {1});
    Files.createSymbolicLink(folder.resolve("a.png"), Path.of("mask.png"));
    Files.createSymbolicLink(folder.resolve("b.png"), Path.of("mask.png"));
  }

  private org.apache.hadoop.fs.Path root() {
    return new org.apache.hadoop.fs.Path(folder.toUri());
  }

  @Test
  void aPictureWithSeveralNamesIsOnePicture() throws IOException {
    FileSystem local = FileSystem.getLocal(new Configuration(false));
    assertThat(FolderFiles.list(local, root()).files())
        .extracting(FoundFile::name)
        .containsExactly("mask.png");
  }

  @Test
  void whereFilesAreLookedUpByNameEachNameCounts() throws IOException {
    FileSystem local = FileSystem.getLocal(new Configuration(false));
    assertThat(FolderFiles.listEveryName(local, root()).files())
        .extracting(FoundFile::name)
        .containsExactly("a.png", "b.png", "mask.png");
  }
}
