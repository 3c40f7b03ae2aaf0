package org.sparklora.data;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options.CreateFileOptionKeys;
import org.apache.hadoop.fs.Path;

/**
 * A small file that is there whole or not at all, and never changes: of several who write it, one
 * wins, and all are told what it says. Object stores are asked for a conditional put; elsewhere a
 * finished file is linked or renamed to a name that must be free.
 */
public final class WriteOnce {
  private WriteOnce() {}

  /**
   * Writes a file where there is none.
   *
   * @return what the file says now: the content, or what somebody else wrote before
   */
  public static byte[] write(Path path, byte[] content, Configuration configuration)
      throws IOException {
    FileSystem files = path.getFileSystem(configuration);
    try {
      if (files.hasPathCapability(path, CommonPathCapabilities.ABORTABLE_STREAM)) {
        putIfAbsent(files, path, content);
      } else if (files instanceof LocalFileSystem local) {
        linkIfAbsent(local, path, content);
      } else {
        renameIfAbsent(files, path, content);
      }
      return content;
    } catch (IOException e) {
      // It may be there: another's, or this one's when only the store's answer was lost.
      return read(path, configuration).orElseThrow(() -> e);
    }
  }

  /** What a file says; empty where there is none. */
  public static Optional<byte[]> read(Path path, Configuration configuration) throws IOException {
    try (InputStream in = path.getFileSystem(configuration).open(path)) {
      return Optional.of(in.readAllBytes());
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }

  private static void putIfAbsent(FileSystem files, Path path, byte[] content) throws IOException {
    FSDataOutputStreamBuilder<?, ?> file = files.createFile(path).overwrite(false).recursive();
    file.opt(CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE, true);
    try (OutputStream out = file.build()) {
      out.write(content);
    }
  }

  /** A link to a name that is taken fails; renaming would replace it. */
  private static void linkIfAbsent(LocalFileSystem files, Path path, byte[] content)
      throws IOException {
    java.nio.file.Path target = files.pathToFile(path).toPath();
    java.nio.file.Path unfinished = target.resolveSibling(unfinishedName(path));
    Files.createDirectories(target.getParent());
    try {
      Files.write(unfinished, content);
      try {
        Files.createLink(target, unfinished);
      } catch (UnsupportedOperationException e) {
        Files.move(unfinished, target);
      }
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private static void renameIfAbsent(FileSystem files, Path path, byte[] content)
      throws IOException {
    Path unfinished = new Path(path.getParent(), unfinishedName(path));
    try {
      try (OutputStream out = files.create(unfinished, false)) {
        out.write(content);
      }
      if (files.exists(path) || !files.rename(unfinished, path)) {
        throw new IOException("Cannot rename " + unfinished + " to " + path);
      }
    } finally {
      files.delete(unfinished, false);
    }
  }

  private static String unfinishedName(Path path) {
    return "." + path.getName() + "." + UUID.randomUUID();
  }
}
