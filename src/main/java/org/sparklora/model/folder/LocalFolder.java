package org.sparklora.model.folder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.sparklora.util.InvalidInputException;

/** A model folder on this machine. */
record LocalFolder(Path root) implements FolderSource {
  @Override
  public boolean exists() {
    return Files.isDirectory(root);
  }

  @Override
  public List<String> list(String folder) {
    Path path = root.resolve(folder);
    if (!Files.isDirectory(path)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(path)) {
      return children
          .map(child -> child.getFileName() + (Files.isDirectory(child) ? "/" : ""))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw InvalidInputException.data("Cannot list " + path + ": " + e.getMessage(), e);
    }
  }

  @Override
  public Path local(String relative) {
    return root.resolve(relative);
  }
}
