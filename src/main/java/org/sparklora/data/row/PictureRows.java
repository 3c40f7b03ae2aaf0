package org.sparklora.data.row;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.data.image.PictureMemory;
import org.sparklora.store.StoreFile;
import org.sparklora.store.WholeFile;

/** Reads pictures that are files, one at a time. */
final class PictureRows implements ImageRows {
  private final PictureRange range;
  private final Configuration configuration;
  private Optional<PictureMemory.Share> held = Optional.empty();
  private int next;

  PictureRows(PictureRange range, Configuration configuration) {
    this.range = range;
    this.configuration = configuration;
  }

  @Override
  public Optional<ImageRow> next() throws IOException {
    if (next == range.pictures().size()) {
      return Optional.empty();
    }
    Picture picture = range.pictures().get(next);
    long id = range.firstId() + next++;
    return Optional.of(
        new ImageRow(id, Optional.of(content(id, picture.path())), picture.captions()));
  }

  /**
   * Reads a picture's file. It counts against the memory for picture files until the next one is
   * read.
   */
  private byte[] content(long id, String path) throws IOException {
    close();
    Path file = new Path(path);
    FileSystem files = StoreFile.of(file, configuration).fileSystem();
    FileStatus status = files.getFileStatus(file);
    try {
      WholeFile.requireRegular(files, status);
    } catch (IOException e) {
      throw new UnreadableRowException(id, "Cannot read image: " + e.getMessage());
    }
    if (!PictureMemory.FILES.fits(status.getLen())) {
      throw new UnreadableRowException(
          id,
          String.format(
              Locale.ROOT,
              "Cannot read image: the file has %s, files of %s",
              PictureMemory.mebibytes(status.getLen()),
              PictureMemory.FILES.limit()));
    }
    held = Optional.of(PictureMemory.FILES.take(status.getLen()));
    return WholeFile.read(files, status, status.getLen());
  }

  @Override
  public void close() {
    held.ifPresent(PictureMemory.Share::close);
    held = Optional.empty();
  }
}
