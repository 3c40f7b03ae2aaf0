package org.sparklora.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Options.CreateFileOptionKeys;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathIOException;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file on any Hadoop file system that is either complete or not there.
 *
 * <p>An object store shows a file when its stream is closed, so the file is written in place.
 * Elsewhere it is written under another name and renamed. On a local disk its bytes reach the disk
 * first, then one move replaces the old file, and there is no {@code .crc} beside it. On a file
 * system that cannot replace a file in one move, {@link SetAside the old one is set aside}.
 */
public record StoreFile(FileSystem fileSystem, Path path) {
  private static final Logger LOG = LoggerFactory.getLogger(StoreFile.class);
  private static final int MOST_BYTES = 256 << 20;
  private static final int READ_ATTEMPTS = 5;

  /** File systems that never rename over a file, so that one of several writers succeeds. */
  private static final Set<String> RENAMING = Set.of("hdfs", "webhdfs", "swebhdfs");

  private static final Set<String> OBJECT_STORES = Set.of("s3a", "s3", "gs", "oss", "cosn", "obs");

  public static StoreFile of(Path path, Configuration hadoop) throws IOException {
    return new StoreFile(LocalDisk.under(path.getFileSystem(hadoop), hadoop), path);
  }

  /**
   * Reads the bytes; empty if there is no such file. If the file is replaced while it is read, it
   * is read again: S3A sends a HEAD and then a GET, and refuses a file that has changed in between.
   */
  public Optional<byte[]> read() throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        Optional<byte[]> there = read(path);
        if (there.isPresent() || replacesInOneMove()) {
          return there;
        }
        Optional<byte[]> old = read(new SetAside(fileSystem, path).aside());
        if (old.isPresent() || attempt == READ_ATTEMPTS) {
          return old;
        }
      } catch (PathIOException e) {
        if (attempt == READ_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /** Whether a folder stands in the place of the file. */
  public boolean isFolder() throws IOException {
    try {
      return fileSystem.getFileStatus(path).isDirectory();
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  private Optional<byte[]> read(Path place) throws IOException {
    try {
      return Optional.of(DiskErrors.asExceptions(() -> bytes(place)));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }

  private byte[] bytes(Path place) throws IOException {
    WholeFile.requireRegular(fileSystem, place);
    try (InputStream in = fileSystem.open(place)) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw new IOException("it has more than the " + MOST_BYTES + " bytes that are read");
      }
      return bytes;
    }
  }

  /** Writes the file, in place of an earlier one. */
  public void replace(FileContent content) throws IOException {
    replace(content, Fence.NONE);
  }

  /**
   * Writes the file, in place of an earlier one.
   *
   * @param fence asked after all bytes are written, right before the file is renamed; on an object
   *     store there is no such moment
   */
  public void replace(FileContent content, Fence fence) throws IOException {
    if (isObjectStore()) {
      write(path, true, content);
      return;
    }
    Path part = part();
    try {
      write(part, true, content);
      fence.requireHeld();
      replaceBy(part);
    } catch (IOException | RuntimeException | Error e) {
      delete(part, e);
      throw e;
    }
  }

  /** Moves a complete file of the same folder here, in place of an earlier one. */
  public void replaceBy(Path part) throws IOException {
    if (fileSystem instanceof LocalDisk disk) {
      disk.moveOver(part, path);
    } else {
      rename(part);
    }
  }

  /**
   * Writes the file if there is none. If several runs do so at once, one succeeds. S3A does it by a
   * conditional put, HDFS by a rename, a local disk by a hard link, or by creating an empty file
   * first if the disk has no hard links. Other file systems are asked to create a file that is not
   * there. On an object store without conditional puts the run looks first and then writes, and two
   * runs can do that at once.
   *
   * <p>If the answer to a put is lost, the client repeats the put, which then fails because of the
   * file that the first put wrote. So the content must identify the writer: if the store holds
   * exactly this content, the put has succeeded.
   *
   * @param content that no other process would write there
   * @return whether the file holds this content
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
        write(path, false, out -> out.write(content));
      } else if (fileSystem instanceof LocalDisk || RENAMING.contains(scheme())) {
        putIfAbsent(content);
      } else {
        // A rename may go over what is there. A process that is killed meanwhile leaves a part of
        // the file, which readers take for damaged.
        write(path, false, out -> out.write(content));
      }
    } catch (IOException e) {
      byte[] there = read().orElseThrow(() -> e);
      return Arrays.equals(there, content);
    }
    return Arrays.equals(read().orElse(new byte[0]), content);
  }

  /**
   * Writes a file that never changes once it is whole.
   *
   * @param whole tells whether bytes are a complete file; an incomplete file is replaced
   * @return the file's content now: this content, or that of an earlier writer
   */
  public byte[] writeOnce(byte[] content, Predicate<byte[]> whole) throws IOException {
    if (createIfAbsent(content)) {
      return content;
    }
    Optional<byte[]> there = read();
    if (there.filter(whole).isPresent()) {
      return there.get();
    }
    LOG.warn("Replacing {}, which is damaged", path);
    replace(out -> out.write(content));
    return content;
  }

  /** Whether the store has conditional puts and so decides itself who was first. */
  private boolean hasConditionalPut() throws IOException {
    return fileSystem.hasPathCapability(
        path, CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE);
  }

  /**
   * Whether the file is on an object store, where files appear when they are complete and cannot
   * grow.
   */
  public boolean isObjectStore() {
    return OBJECT_STORES.contains(scheme());
  }

  private String scheme() {
    return fileSystem.getUri().getScheme();
  }

  private Path part() {
    return new Path(path.getParent(), PartName.of(path.getName()));
  }

  private void write(Path to, boolean overwrite, FileContent content) throws IOException {
    DiskErrors.asExceptions(
        () -> {
          write(fileSystem.create(to, overwrite), content);
          return to;
        });
  }

  /** Closing an object's stream publishes it, so a failed one is aborted first. */
  private void write(FSDataOutputStream out, FileContent content) throws IOException {
    try (out) {
      try {
        content.writeTo(out);
        if (fileSystem instanceof LocalDisk) {
          out.hsync();
        }
      } catch (IOException | RuntimeException | Error e) {
        if (out.hasCapability(CommonPathCapabilities.ABORTABLE_STREAM)) {
          out.abort();
        }
        throw e;
      }
    }
  }

  private void rename(Path part) throws IOException {
    Optional<FileContext> context = context();
    if (context.isEmpty()) {
      new SetAside(fileSystem, path).replaceBy(part);
      return;
    }
    context
        .get()
        .rename(
            fileSystem.makeQualified(part),
            fileSystem.makeQualified(path),
            Options.Rename.OVERWRITE);
  }

  private boolean replacesInOneMove() {
    return fileSystem instanceof LocalDisk || isObjectStore() || context().isPresent();
  }

  /** Hadoop's newer interface, which replaces a file in one move; not every file system has it. */
  private Optional<FileContext> context() {
    try {
      // hdfs:///folder leaves the name node to Hadoop's settings, which FileContext does not look
      // at.
      return Optional.of(FileContext.getFileContext(fileSystem.getUri(), fileSystem.getConf()));
    } catch (UnsupportedFileSystemException e) {
      return Optional.empty();
    }
  }

  private void putIfAbsent(byte[] content) throws IOException {
    Path part = part();
    try {
      write(part, false, out -> out.write(content));
      if (!put(part)) {
        LOG.debug("{} is there", path);
        fileSystem.delete(part, false);
      }
    } catch (IOException | RuntimeException | Error e) {
      delete(part, e);
      throw e;
    }
  }

  private boolean put(Path part) throws IOException {
    if (fileSystem instanceof LocalDisk disk) {
      return disk.putIfAbsent(part, path);
    }
    return fileSystem.rename(part, path);
  }

  /**
   * Deletes the remains of a failed attempt. If that fails, too, the first failure matters more.
   */
  private void delete(Path part, Throwable why) {
    try {
      fileSystem.delete(part, false);
    } catch (IOException | RuntimeException e) {
      why.addSuppressed(e);
    }
  }
}
