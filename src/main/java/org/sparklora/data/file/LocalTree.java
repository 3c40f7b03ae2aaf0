package org.sparklora.data.file;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.LocalFileSystem;

/**
 * Lists a folder of this machine. Links are followed, but no folder is entered twice. A picture or
 * Parquet file that has two names is listed once: its own name counts more than a link.
 */
final class LocalTree {
  /** A file or folder, and its real path after all links are followed. */
  private record Place(org.apache.hadoop.fs.Path path, Path real) {}

  private final LocalFileSystem fileSystem;
  private final org.apache.hadoop.fs.Path root;
  private final List<FoundFile> files = new ArrayList<>();
  private final List<PassedOver> passedOver = new ArrayList<>();
  private final Set<Path> entered = new HashSet<>();
  private final Set<Path> taken = new HashSet<>();
  private final Deque<org.apache.hadoop.fs.Path> links = new ArrayDeque<>();

  private final boolean everyName;

  private LocalTree(LocalFileSystem fileSystem, org.apache.hadoop.fs.Path root, boolean everyName) {
    this.fileSystem = fileSystem;
    this.root = root;
    this.everyName = everyName;
  }

  /**
   * Lists a folder, or the file itself.
   *
   * @param everyName whether a file with two names is listed twice
   */
  static FolderFiles list(
      LocalFileSystem fileSystem, org.apache.hadoop.fs.Path root, boolean everyName)
      throws IOException {
    LocalTree tree = new LocalTree(fileSystem, root, everyName);
    if (fileSystem.getFileStatus(root).isFile()) {
      tree.take(root);
    } else {
      tree.enter(new Place(root, tree.file(root).toPath().toRealPath()));
      while (!tree.links.isEmpty()) {
        tree.follow(tree.links.remove());
      }
    }
    return new FolderFiles(tree.files, tree.passedOver);
  }

  private File file(org.apache.hadoop.fs.Path path) {
    return fileSystem.pathToFile(path);
  }

  private void enter(Place folder) throws IOException {
    if (!entered.add(folder.real())) {
      return;
    }
    String[] names = FileUtil.list(file(folder.path()));
    Arrays.sort(names);
    for (String name : names) {
      // The constructor with two texts would take the part before a colon for a scheme.
      org.apache.hadoop.fs.Path child =
          new org.apache.hadoop.fs.Path(
              folder.path(), new org.apache.hadoop.fs.Path(null, null, name));
      Path local = file(child).toPath();
      Path real = folder.real().resolve(name);
      if (ChecksumFileSystem.isChecksumFile(child)) {
        continue; // a checksum file of Hadoop's
      }
      if (Files.isSymbolicLink(local)) {
        links.add(child);
      } else if (Files.isDirectory(local)) {
        enter(new Place(child, real));
      } else {
        taken.add(real);
        take(child);
      }
    }
  }

  private void follow(org.apache.hadoop.fs.Path link) throws IOException {
    Path local = file(link).toPath();
    if (!Files.exists(local)) {
      FileStatus nothing = new FileStatus(0, false, 1, 1, 0, link);
      passedOver.add(
          new PassedOver(
              FoundFile.below(root, nothing), "since they are links that lead to nothing"));
      return;
    }
    Path real = local.toRealPath();
    if (Files.isDirectory(real)) {
      enter(new Place(link, real));
      return;
    }
    FoundFile file = FoundFile.below(root, fileSystem.getFileStatus(link));
    if (everyName || taken.add(real) || !file.isData()) {
      files.add(file);
    } else {
      passedOver.add(
          new PassedOver(file, "since they are links to files that have another name here"));
    }
  }

  private void take(org.apache.hadoop.fs.Path path) throws IOException {
    files.add(FoundFile.below(root, fileSystem.getFileStatus(path)));
  }
}
