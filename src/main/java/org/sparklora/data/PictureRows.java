package org.sparklora.data;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Reads pictures that are files, one at a time. */
final class PictureRows implements ImageRows {
  private final PictureRange range;
  private final Configuration configuration;
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
    return Optional.of(new ImageRow(id, Optional.of(content(picture.path())), picture.captions()));
  }

  private byte[] content(String path) throws IOException {
    Path file = new Path(path);
    try (InputStream in = file.getFileSystem(configuration).open(file)) {
      return in.readAllBytes();
    }
  }

  @Override
  public void close() {}
}
