package org.sparklora.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Options.CreateFileOptionKeys;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathIOException;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file on any Hadoop file system that is there whole or not at all.
 *
 * <p>Object stores show a file when its stream is closed, so it is written in place; elsewhere it
 * is written beside its place and renamed.
 */
public record StoreFile(FileSystem fileSystem, Path path) {
  private static final Logger LOG = LoggerFactory.getLogger(StoreFile.class);
  private static final int READ_ATTEMPTS = 5;
  private static final Set<String> OBJECT_STORES = Set.of("s3a", "s3", "gs", "oss", "cosn", "obs");

  public static StoreFile of(Path path, Configuration hadoop) throws IOException {
    return new StoreFile(path.getFileSystem(hadoop), path);
  }

  /** As {@link #of}, of a file that people look at: on a local disk, no {@code .crc} beside it. */
  public static StoreFile plain(Path path, Configuration hadoop) throws IOException {
    FileSystem files = path.getFileSystem(hadoop);
    return new StoreFile(
        files instanceof LocalFileSystem local ? local.getRawFileSystem() : files, path);
  }

  /**
   * The bytes; empty where there is no such file. A file that is replaced while it is read is read
   * again: S3A looks at it and then gets it, and refuses what has changed in between.
   */
  public Optional<byte[]> read() throws IOException {
    for (int attempt = 1; ; attempt++) {
      try (InputStream in = fileSystem.open(path)) {
        return Optional.of(in.readAllBytes());
      } catch (FileNotFoundException e) {
        return Optional.empty();
      } catch (PathIOException e) {
        if (attempt == READ_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /** Writes the file, in place of an earlier one. */
  public void replace(FileContent content) throws IOException {
    if (isObjectStore()) {
      write(fileSystem.create(path, true), content);
      return;
    }
    Path part = part();
    try {
      write(fileSystem.create(part, true), content);
      rename(part);
    } finally {
      fileSystem.delete(part, false);
    }
  }

  /**
   * Writes the file where there is none. Of several that do so at once, one succeeds: on S3A by a
   * conditional put, on HDFS and its like by a rename, on a local disk by a hard link. An object
   * store without conditional puts is asked first and then written to, which two can do at once.
   *
   * <p>A put whose answer was lost is repeated by the client and then fails on what it has itself
   * written. So the content must tell who writes: where it is what the store holds, the put has
   * succeeded.
   *
   * @param content unlike what anyone else may write there
   * @return whether it is this content that is there
   */
  public boolean createIfAbsent(byte[] content) throws IOException {
    try {
      if (hasConditionalPut()) {
        FSDataOutputStreamBuilder<?, ?> builder = fileSystem.createFile(path).recursive();
        builder.must(CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE, true);
        write(builder.build(), out -> out.write(content));
        return true;
      }
      if (isObjectStore()) {
        LOG.warn("{} has no conditional put: two runs at once may both get it", path);
        write(fileSystem.create(path, false), out -> out.write(content));
      } else if (path.toUri().getScheme() == null || path.toUri().getScheme().equals("file")) {
        link(content);
      } else {
        renameIfAbsent(content);
      }
    } catch (IOException e) {
      byte[] there = read().orElseThrow(() -> e);
      return Arrays.equals(there, content);
    }
    return Arrays.equals(read().orElse(new byte[0]), content);
  }

  /**
   * Writes a file that never changes.
   *
   * @return what it says now: the content, or what somebody else wrote before
   */
  public byte[] writeOnce(byte[] content) throws IOException {
    return createIfAbsent(content)
        ? content
        : read().orElseThrow(() -> new IOException("Cannot write " + path + ": it was deleted"));
  }

  /** Whether the store itself decides who was first. */
  private boolean hasConditionalPut() throws IOException {
    return fileSystem.hasPathCapability(
        path, CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE);
  }

  /** Whether its files show when they are complete, and cannot grow. */
  public boolean isObjectStore() {
    return OBJECT_STORES.contains(fileSystem.getUri().getScheme());
  }

  private Path part() {
    return new Path(path.getParent(), "." + path.getName() + "." + UUID.randomUUID() + ".part");
  }

  /** Closing an object's stream publishes it, so a failed one is aborted first. */
  private static void write(FSDataOutputStream out, FileContent content) throws IOException {
    try (out) {
      try {
        content.writeTo(out);
      } catch (IOException | RuntimeException | Error e) {
        if (out.hasCapability(CommonPathCapabilities.ABORTABLE_STREAM)) {
          out.abort();
        }
        throw e;
      }
    }
  }

  private void rename(Path part) throws IOException {
    try {
      FileContext.getFileContext(path.toUri(), fileSystem.getConf())
          .rename(part, path, Options.Rename.OVERWRITE);
    } catch (UnsupportedFileSystemException e) {
      fileSystem.delete(path, false);
      if (!fileSystem.rename(part, path)) {
        throw new IOException("Cannot rename " + part + " to " + path, e);
      }
    }
  }

  private void renameIfAbsent(byte[] content) throws IOException {
    Path part = part();
    try {
      write(fileSystem.create(part, false), out -> out.write(content));
      // Some file systems that are local in truth rename over what is there.
      if (fileSystem.exists(path) || !fileSystem.rename(part, path)) {
        LOG.debug("{} is there", path);
      }
    } finally {
      fileSystem.delete(part, false);
    }
  }

  private void link(byte[] content) throws IOException {
    java.nio.file.Path target = java.nio.file.Path.of(path.toUri().getPath());
    Files.createDirectories(target.getParent());
    java.nio.file.Path part = target.resolveSibling(part().getName());
    try {
      Files.write(part, content);
      try {
        Files.createLink(target, part);
      } catch (UnsupportedOperationException e) {
        Files.move(part, target);
      }
      Files.deleteIfExists(target.resolveSibling("." + target.getFileName() + ".crc"));
    } catch (FileAlreadyExistsException e) {
      LOG.debug("{} is there", path);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
