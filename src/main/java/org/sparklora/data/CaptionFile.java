package org.sparklora.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.data.caption.CaptionText;
import org.sparklora.data.file.FoundFile;
import org.sparklora.store.StoreFile;
import org.sparklora.util.ForeignFile;

/**
 * A text file beside a picture. As in kohya's scripts the caption is one line: the first that is
 * not blank.
 *
 * @param captions at most one
 * @param problem why it cannot be read
 */
record CaptionFile(List<String> captions, Optional<String> problem) {
  private static final int MOST_BYTES = 1 << 20;
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  /** Reads a file. */
  static CaptionFile read(FoundFile file, Configuration configuration) {
    Path path = file.status().getPath();
    if (file.status().getLen() == 0) {
      return new CaptionFile(List.of(), Optional.empty());
    }
    try (InputStream in = StoreFile.of(path, configuration).fileSystem().open(path)) {
      byte[] content = in.readNBytes(MOST_BYTES + 1);
      Optional<ForeignFile> foreign = ForeignFile.of(content);
      if (foreign.isPresent()) {
        return unreadable(path, foreign.get().text());
      }
      if (content.length > MOST_BYTES) {
        return unreadable(
            path,
            String.format(Locale.ROOT, "it has more than %d bytes, too many for one", MOST_BYTES));
      }
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
      return new CaptionFile(firstLine(text), Optional.empty());
    } catch (CharacterCodingException e) {
      return unreadable(path, "it is not UTF-8; write it anew");
    } catch (IOException e) {
      return unreadable(path, e.getMessage());
    }
  }

  private static List<String> firstLine(String text) {
    String unmarked =
        text.startsWith(BYTE_ORDER_MARK) ? text.substring(BYTE_ORDER_MARK.length()) : text;
    return unmarked
        .lines()
        .filter(line -> !CaptionText.isBlank(line))
        .map(String::strip)
        .limit(1)
        .toList();
  }

  private static CaptionFile unreadable(Path path, String why) {
    return new CaptionFile(
        List.of(),
        Optional.of(String.format(Locale.ROOT, "Cannot read caption: %s: %s", path, why)));
  }
}
