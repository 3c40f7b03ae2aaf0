package org.sparklora.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.InvalidInputException;

/** Reads pictures that are files, one at a time. */
final class PictureRows implements ImageRows {
  private static final String BYTE_ORDER_MARK = "\uFEFF";

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
    return Optional.of(
        new ImageRow(id, Optional.of(content(picture.path())), captions(picture.captions())));
  }

  private List<String> captions(Captions captions) throws IOException {
    if (captions instanceof Captions.TextFile file) {
      return List.of(firstLine(file.path()));
    }
    return ((Captions.Known) captions).texts();
  }

  /** As kohya's scripts read it: a caption is the file's first line. */
  private String firstLine(String path) throws IOException {
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content(path))).toString();
      String unmarked =
          text.startsWith(BYTE_ORDER_MARK) ? text.substring(BYTE_ORDER_MARK.length()) : text;
      return unmarked.strip().lines().findFirst().orElse("").strip();
    } catch (CharacterCodingException e) {
      throw InvalidInputException.data(
          "Cannot read caption: %s: it is not UTF-8; write it anew".formatted(path), e);
    }
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
