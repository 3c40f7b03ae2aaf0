package org.sparklora.cli;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.sparklora.store.Holder;
import org.sparklora.store.RegularFile;
import org.sparklora.util.FolderTree;
import org.sparklora.util.StarterProcess;

/**
 * The folder of temporary files of one command's processes, such as the libraries that compressors
 * unpack. It is deleted at the end. After a {@code kill -9} the next command deletes it; a file in
 * it names the owner.
 */
record ScratchFolder(Path path) {
  private static final String PREFIX = "spark-lora-process-";
  private static final String OWNER = "owner.properties";
  private static final long MOST_OWNER_BYTES = 1 << 16;

  /** Creates a new folder, after deleting those of dead processes on this machine. */
  static ScratchFolder create() throws IOException {
    return create(Path.of(StarterProcess.sharedFolder()));
  }

  static ScratchFolder create(Path temporary) throws IOException {
    Holder here = Holder.current("");
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(temporary, PREFIX + "*")) {
      for (Path folder : folders) {
        deleteIfLeft(folder, here);
      }
    }
    ScratchFolder made = new ScratchFolder(Files.createTempDirectory(temporary, PREFIX));
    made.write(here);
    return made;
  }

  void write(Holder owner) throws IOException {
    Properties properties = new Properties();
    properties.setProperty("machine", owner.machine());
    properties.setProperty("pid", String.valueOf(owner.pid()));
    properties.setProperty("process_start", owner.processStart());
    try (Writer out = Files.newBufferedWriter(path.resolve(OWNER))) {
      properties.store(out, null);
    }
  }

  private static void deleteIfLeft(Path folder, Holder here) {
    Properties owner = new Properties();
    try {
      // Other users can create such a folder with any content, so the read is bounded.
      byte[] text = RegularFile.read(folder.resolve(OWNER), MOST_OWNER_BYTES);
      owner.load(new StringReader(new String(text, StandardCharsets.UTF_8)));
      Holder holder =
          new Holder(
              "",
              owner.getProperty("machine", ""),
              Long.parseLong(owner.getProperty("pid")),
              owner.getProperty("process_start", ""),
              "");
      if (holder.isGone(here)) {
        new ScratchFolder(folder).delete();
      }
    } catch (IOException | IllegalArgumentException e) {
      // The folder belongs to another user, or is being created.
    }
  }

  /** The Java arguments that make a process use this folder. */
  List<String> arguments() {
    return StarterProcess.temporaryFolder(path.toString());
  }

  /** Deletes the folder and its content, as far as that is possible. */
  void delete() {
    try {
      FolderTree.delete(path);
    } catch (IOException | UncheckedIOException e) {
      // The next command will try again.
    }
  }
}
