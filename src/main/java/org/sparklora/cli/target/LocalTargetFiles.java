package org.sparklora.cli.target;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.sparklora.model.folder.Locations;
import org.sparklora.spark.run.RunTraces;
import org.sparklora.store.FileContent;
import org.sparklora.store.LocalFile;
import org.sparklora.util.InvalidInputException;

/** Writes adapters to this machine's files without Hadoop. */
final class LocalTargetFiles implements TargetFiles {
  @Override
  public boolean exists(String file) {
    return Files.exists(path(file));
  }

  @Override
  public boolean isFolder(String file) {
    return Files.isDirectory(path(file));
  }

  @Override
  public boolean isOfRun(String file) throws IOException {
    return RunTraces.isAdapterOfRun(path(file));
  }

  @Override
  public void requireWritable(String flag, String file) {
    Path folder = path(file).getParent();
    try {
      List<Path> missing = new ArrayList<>();
      for (Path at = folder; at != null && !Files.exists(at); at = at.getParent()) {
        missing.add(at);
      }
      Path probe = folder.resolve(".probe-" + UUID.randomUUID());
      LocalFile.replace(probe, out -> out.write(new byte[4096]));
      Files.delete(probe);
      for (Path made : missing) {
        if (isEmpty(made)) {
          Files.delete(made);
        }
      }
    } catch (IOException e) {
      throw InvalidInputException.configuration(
          "Cannot write to " + flag + ": " + folder + ": " + why(e));
    }
  }

  private static String why(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException || e instanceof NotDirectoryException) {
      return "there is a file in place of a folder";
    }
    return e instanceof FileSystemException file && file.getReason() != null
        ? file.getReason()
        : e.toString();
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    }
  }

  @Override
  public long replace(String file, FileContent content) throws IOException {
    Path path = path(file);
    LocalFile.replace(path, content);
    return Files.size(path);
  }

  private static Path path(String file) {
    return Locations.local(file).orElseThrow().toAbsolutePath();
  }
}
