package org.sparklora.data.row;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.data.image.PictureMemory;
import org.sparklora.store.FilePiece;
import org.sparklora.store.StoreFile;
import org.sparklora.store.WholeFile;

/** Reads pictures that are files, or parts of files, one at a time. */
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
    close();
    return Optional.of(row(id, picture));
  }

  /**
   * Reads a picture and its mask. Their files count against the memory for picture files until the
   * next ones are read. The share is taken at once, so that no task waits with half of its own.
   */
  private ImageRow row(long id, Picture picture) throws IOException {
    if (picture.bytes() == 0) {
      return new ImageRow(id, Optional.empty(), picture.captions());
    }
    Content image = readable(id, "image", picture.path()).pieceOf(picture);
    Optional<Content> mask =
        picture.mask().isEmpty()
            ? Optional.empty()
            : Optional.of(readable(id, "mask", picture.mask()));
    long bytes = image.bytes() + mask.map(Content::bytes).orElse(0L);
    if (!PictureMemory.FILES.fits(bytes)) {
      throw new UnreadableRowException(
          id,
          String.format(
              Locale.ROOT,
              "Cannot read image: the file has %s, files of %s",
              PictureMemory.mebibytes(bytes),
              PictureMemory.FILES.limit()));
    }
    held = Optional.of(PictureMemory.FILES.take(bytes));
    byte[] content = image.read();
    return new ImageRow(
        id,
        Optional.of(content),
        picture.captions(),
        mask.isEmpty() ? Optional.empty() : Optional.of(mask.get().read()),
        Optional.empty());
  }

  /**
   * A file that can be read, or a part of one.
   *
   * @param from number of the first byte
   */
  private record Content(FileSystem files, FileStatus status, long from, long bytes) {
    /** The part that a picture is. Of a file that was written anew it would be another one. */
    Content pieceOf(Picture picture) throws IOException {
      if (picture.bytes() == Picture.WHOLE) {
        return this;
      }
      if (status.getLen() != picture.fileBytes()) {
        throw new IOException(
            status.getPath()
                + " has changed since it was listed: it had "
                + picture.fileBytes()
                + " bytes and has "
                + status.getLen());
      }
      return new Content(files, status, picture.from(), picture.bytes());
    }

    byte[] read() throws IOException {
      return bytes == status.getLen()
          ? WholeFile.read(files, status, bytes)
          : FilePiece.read(files, status, from, bytes);
    }
  }

  private Content readable(long id, String what, String path) throws IOException {
    Path file = new Path(path);
    FileSystem files = StoreFile.of(file, configuration).fileSystem();
    FileStatus status = files.getFileStatus(file);
    try {
      WholeFile.requireRegular(files, status);
    } catch (IOException e) {
      throw new UnreadableRowException(id, "Cannot read " + what + ": " + e.getMessage());
    }
    return new Content(files, status, 0, status.getLen());
  }

  @Override
  public void close() {
    held.ifPresent(PictureMemory.Share::close);
    held = Optional.empty();
  }
}
