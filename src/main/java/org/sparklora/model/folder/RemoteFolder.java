package org.sparklora.model.folder;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.sparklora.store.LocalCopies;
import org.sparklora.util.InvalidInputException;

/**
 * A model folder on a Hadoop file system. Each file is copied to this machine when it is asked for.
 */
record RemoteFolder(FileSystem files, org.apache.hadoop.fs.Path root, FileCache cache)
    implements FolderSource {
  static RemoteFolder of(String location, Configuration hadoop) {
    try {
      org.apache.hadoop.fs.Path root = new org.apache.hadoop.fs.Path(location);
      return new RemoteFolder(root.getFileSystem(hadoop), root, FileCache.of(hadoop));
    } catch (IOException | IllegalArgumentException e) {
      throw InvalidInputException.data("Cannot reach " + location + ": " + e.getMessage(), e);
    }
  }

  @Override
  public boolean exists() {
    try {
      return files.getFileStatus(root).isDirectory();
    } catch (FileNotFoundException e) {
      return false;
    } catch (IOException e) {
      throw InvalidInputException.data("Cannot read " + root + ": " + e.getMessage(), e);
    }
  }

  @Override
  public List<String> list(String folder) {
    org.apache.hadoop.fs.Path path = folder.isEmpty() ? root : resolve(folder);
    try {
      return Stream.of(files.listStatus(path))
          .map(child -> child.getPath().getName() + (child.isDirectory() ? "/" : ""))
          .sorted()
          .toList();
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException e) {
      throw InvalidInputException.data("Cannot list " + path + ": " + e.getMessage(), e);
    }
  }

  @Override
  public Path local(String relative) {
    org.apache.hadoop.fs.Path path = resolve(relative);
    try {
      if (files instanceof LocalCopies copies) {
        return copies.local(path);
      }
      FileStatus status = files.getFileStatus(path);
      return cache.local(files, status);
    } catch (IOException e) {
      throw InvalidInputException.data("Cannot copy " + path + " here: " + e.getMessage(), e);
    }
  }

  private org.apache.hadoop.fs.Path resolve(String relative) {
    return new org.apache.hadoop.fs.Path(root, relative);
  }
}
