package org.sparklora.data.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileIdentityTest {
  private static final FileTime TIME = FileTime.fromMillis(1_000_000_000_000L);

  @TempDir Path folder;

  @Test
  void aSmallFileIsKnownByItsContent() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "abc");
    assertThat(identity(file))
        .isEqualTo("sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void aLargeFileIsKnownByPiecesOfItsContent() throws IOException {
    Path file = folder.resolve("a");
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.setLength((65L << 20) + 12345); // a hole: it takes no room on the disk
    }
    String before = identity(file);
    assertThat(identity(file)).isEqualTo(before);
    for (long at : new long[] {0, 30L << 20, (65L << 20) + 12344}) {
      String changed = changed(file, at);
      assertThat(changed).isNotEqualTo(before);
      before = changed;
    }
  }

  private static String changed(Path file, long at) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(at);
      open.write(1);
    }
    return identity(file);
  }

  private static String identity(Path file) throws IOException {
    Files.setLastModifiedTime(file, TIME);
    Configuration configuration = new Configuration();
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(file.toUri());
    FileSystem files = path.getFileSystem(configuration);
    return FileIdentity.of(files, files.getFileStatus(path));
  }
}
