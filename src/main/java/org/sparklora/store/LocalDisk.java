package org.sparklora.store;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A disk of this machine. A file is replaced in one move, so there is always a file. No {@code
 * .crc} file stands beside it, which could contradict it.
 */
class LocalDisk extends RawLocalFileSystem {
  private static final Logger LOG = LoggerFactory.getLogger(LocalDisk.class);

  /**
   * Returns Hadoop's local file system without its checksums, and any other file system unchanged.
   */
  static FileSystem under(FileSystem files, Configuration hadoop) throws IOException {
    boolean plain = files.getClass() == RawLocalFileSystem.class;
    if (!plain && files.getClass() != LocalFileSystem.class) {
      return files;
    }
    LocalDisk disk = new LocalDisk();
    disk.initialize(URI.create("file:///"), hadoop);
    disk.setWorkingDirectory(files.getWorkingDirectory());
    return disk;
  }

  /** Opens a regular file: a named pipe would be waited for, and a device need not end. */
  @Override
  public FSDataInputStream open(Path file, int bufferBytes) throws IOException {
    WholeFile.requireRegular(this, file);
    return super.open(file, bufferBytes);
  }

  /** Moves a complete file within its folder to a name, over what is there. */
  void moveOver(Path part, Path target) throws IOException {
    // Hadoop would compare the new file with the checksums of the old one.
    Files.deleteIfExists(checksums(target));
    Files.move(nio(part), nio(target), StandardCopyOption.ATOMIC_MOVE);
    keepFolder(target);
  }

  /**
   * Moves a complete file within its folder to a name that is still free.
   *
   * @return whether the name was free
   */
  boolean putIfAbsent(Path part, Path target) throws IOException {
    try {
      link(part, target);
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (UnsupportedOperationException | FileSystemException e) {
      LOG.debug("No hard link from {} to {}", part, target, e);
      if (!exists(part)) {
        throw new IOException("Cannot write " + target + ": somebody has deleted " + part, e);
      }
      if (!claim(target)) {
        return false;
      }
      moveOver(part, target);
      return true;
    }
    Files.deleteIfExists(checksums(target));
    Files.deleteIfExists(nio(part));
    keepFolder(target);
    return true;
  }

  /** Gives a complete file a second name if that name is free. */
  void link(Path part, Path target) throws IOException {
    Files.createLink(nio(target), nio(part));
  }

  /**
   * Creates an empty file if there is none, for disks without hard links. A process that is killed
   * before it has moved the complete file here leaves the empty one, which readers take for
   * damaged.
   */
  boolean claim(Path target) throws IOException {
    try {
      Files.createFile(nio(target));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  /**
   * Syncs a file's folder, so that its names survive a loss of power, if the disk supports that.
   */
  void keepFolder(Path file) {
    try (FileChannel folder = FileChannel.open(nio(file.getParent()), StandardOpenOption.READ)) {
      folder.force(true);
    } catch (IOException e) {
      LOG.debug("Cannot sync the folder of {}", file, e);
    }
  }

  private java.nio.file.Path checksums(Path file) {
    return nio(new Path(file.getParent(), "." + file.getName() + ".crc"));
  }

  private java.nio.file.Path nio(Path path) {
    File file = pathToFile(path);
    return file.toPath();
  }
}
