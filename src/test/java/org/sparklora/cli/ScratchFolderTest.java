package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.store.Holder;

class ScratchFolderTest {
  @TempDir private Path temporary;

  @Test
  void aLaterCommandDeletesThoseOfDeadProcessesOnly() throws IOException {
    String machine = Holder.current("").machine();
    Path dead = folder("dead", new Holder("", machine, Long.MAX_VALUE, "", ""));
    Path again = folder("again", new Holder("", machine, me(), "2020-01-01T00:00:00Z", ""));
    Path elsewhere = folder("elsewhere", new Holder("", "another", Long.MAX_VALUE, "", ""));
    Path unknown = Files.createDirectory(temporary.resolve("spark-lora-process-unknown"));
    Path others = Files.createFile(temporary.resolve("liblz4-java-123.so"));
    ScratchFolder living = ScratchFolder.create(temporary);
    ScratchFolder next = ScratchFolder.create(temporary);
    assertThat(dead).doesNotExist();
    assertThat(again).doesNotExist();
    assertThat(elsewhere).exists();
    assertThat(unknown).exists();
    assertThat(others).exists();
    assertThat(living.path()).exists();
    Files.createDirectories(next.path().resolve("a/b"));
    next.delete();
    assertThat(next.path()).doesNotExist();
    assertThat(living.arguments())
        .as("Spark takes those for its own")
        .noneMatch(a -> a.startsWith("-Dspark"));
    assertThat(living.arguments()).first().isEqualTo("-Djava.io.tmpdir=" + living.path());
  }

  private Path folder(String name, Holder owner) throws IOException {
    Path path = Files.createDirectories(temporary.resolve("spark-lora-process-" + name));
    Files.createFile(path.resolve("liblz4-java-1.so"));
    new ScratchFolder(path).write(owner);
    return path;
  }

  private static long me() {
    return ProcessHandle.current().pid();
  }
}
