package org.sparklora.data.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * The files of a folder, at any depth.
 *
 * @param files that may be data, in order of their paths
 * @param passedOver files that are not data
 */
public record FolderFiles(List<FoundFile> files, List<PassedOver> passedOver) {
  public FolderFiles {
    files = List.copyOf(files);
    passedOver = List.copyOf(passedOver);
  }

  /**
   * Lists all files of a folder, or the file itself. A file that is found by two names is listed
   * once.
   */
  public static FolderFiles list(FileSystem fileSystem, Path root) throws IOException {
    return list(fileSystem, root, false);
  }

  /** Lists a folder whose files are looked up by name. A file with two names is listed twice. */
  public static FolderFiles listEveryName(FileSystem fileSystem, Path root) throws IOException {
    return list(fileSystem, root, true);
  }

  private static FolderFiles list(FileSystem fileSystem, Path root, boolean everyName)
      throws IOException {
    if (fileSystem instanceof LocalFileSystem local) {
      return LocalTree.list(local, root, everyName).inOrder();
    }
    List<FoundFile> files = new ArrayList<>();
    RemoteIterator<LocatedFileStatus> all = fileSystem.listFiles(root, true);
    while (all.hasNext()) {
      files.add(FoundFile.below(root, all.next()));
    }
    return new FolderFiles(files, List.of()).inOrder();
  }

  private FolderFiles inOrder() {
    return new FolderFiles(
        files.stream().sorted(Comparator.comparing(FoundFile::path)).toList(), passedOver);
  }

  /** Returns these files without those for which there is a reason to pass them over. */
  public FolderFiles without(Function<FoundFile, Optional<String>> reason) {
    List<FoundFile> left = new ArrayList<>();
    List<PassedOver> more = new ArrayList<>(passedOver);
    for (FoundFile file : files) {
      reason
          .apply(file)
          .ifPresentOrElse(why -> more.add(new PassedOver(file, why)), () -> left.add(file));
    }
    return new FolderFiles(left, more);
  }

  public List<FoundFile> matching(Predicate<FoundFile> wanted) {
    return files.stream().filter(wanted).toList();
  }
}
