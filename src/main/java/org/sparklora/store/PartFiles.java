package org.sparklora.store;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Names of files that are being written, beside the file that they will replace. */
public final class PartFiles {
  private static final Logger LOG = LoggerFactory.getLogger(PartFiles.class);

  /** Files that only the holder of an output folder's lease writes. */
  private static final Pattern HELD =
      Pattern.compile("report|validation|logs|checkpoint-\\d+|" + LeaseFolder.NAME);

  private PartFiles() {}

  /**
   * Whether a file of this name is incomplete: it is being written, or its run was killed while
   * writing it.
   */
  public static boolean isOne(String name) {
    return PartName.PATTERN.matcher(name).matches() || SetAside.NAME.matcher(name).matches();
  }

  /**
   * Deletes incomplete files of killed runs in an output folder. Folders in it that others may
   * write to are left alone.
   *
   * @param number of the lease by which this run holds the folder
   */
  static void deleteLeft(FileSystem files, Path outputDir, long number) {
    try {
      for (FileStatus status : files.listStatus(outputDir)) {
        if (status.isFile()) {
          deleteIfLeft(files, status.getPath(), number);
        } else if (HELD.matcher(status.getPath().getName()).matches()) {
          RemoteIterator<LocatedFileStatus> all = files.listFiles(status.getPath(), true);
          while (all.hasNext()) {
            deleteIfLeft(files, all.next().getPath(), number);
          }
        }
      }
    } catch (IOException e) {
      LOG.debug("Cannot look for what is left in {}", outputDir, e);
    }
  }

  private static void deleteIfLeft(FileSystem files, Path file, long number) throws IOException {
    Matcher part = PartName.PATTERN.matcher(file.getName());
    if (part.matches() && !mayBecomeLease(file, part.group(1), number)) {
      LOG.info("Deleting {}: its run was killed while it wrote", file);
      files.delete(file, false);
    }
    Matcher aside = SetAside.NAME.matcher(file.getName());
    if (aside.matches() && !mayBecomeLease(file, aside.group(1), number)) {
      LOG.info("Settling {}: its run was killed while it replaced a file", file);
      new SetAside(files, new Path(file.getParent(), aside.group(1))).settle();
    }
  }

  /**
   * Whether the file may still become a lease: another run may just be trying to get the folder.
   */
  private static boolean mayBecomeLease(Path file, String target, long number) {
    Matcher lease = LeaseFolder.FILE.matcher(target);
    return file.getParent().getName().equals(LeaseFolder.NAME)
        && lease.matches()
        && Long.parseLong(lease.group(1)) >= number;
  }
}
