package org.sparklora.data.row;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.caption.Captions;
import org.sparklora.data.file.FoundFile;

/**
 * A picture that is a file of its own, or a part of a larger file.
 *
 * @param path full path of the file
 * @param from number of its first byte in the file
 * @param bytes its length; {@link #WHOLE} for a file of its own, 0 if there is no picture
 * @param fileBytes length of the file that it is a part of; {@link #WHOLE} for a file of its own
 * @param name its path below the data set's folder
 * @param captions empty if it has none
 * @param mask full path of its mask; empty if it has none
 * @param identity of its content, its captions and its mask
 */
public record Picture(
    String path,
    long from,
    long bytes,
    long fileBytes,
    String name,
    List<String> captions,
    String mask,
    String identity)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The length of a picture that is the whole file. */
  static final long WHOLE = -1;

  public Picture {
    captions = List.copyOf(captions);
  }

  /** A file with its captions and its mask. */
  public static Picture of(
      FoundFile file, List<String> captions, Optional<FoundFile> mask, Configuration configuration)
      throws IOException {
    String identity = file.identity(configuration) + "\n" + new Captions.Known(captions);
    return mask.isEmpty()
        ? new Picture(file.path(), 0, WHOLE, WHOLE, file.name(), captions, "", identity)
        : new Picture(
            file.path(),
            0,
            WHOLE,
            WHOLE,
            file.name(),
            captions,
            mask.get().path(),
            identity + "\nmask " + mask.get().identity(configuration));
  }

  /**
   * A part of a file, with its captions.
   *
   * @param ofFile identity of the file's content
   * @param place of the picture in the file, for messages
   */
  public static Picture in(
      FoundFile file, String ofFile, String place, long from, long bytes, List<String> captions) {
    return new Picture(
        file.path(),
        from,
        bytes,
        file.status().getLen(),
        file.name() + ": " + place,
        captions,
        "",
        ofFile + "\n" + from + "+" + bytes + "\n" + new Captions.Known(captions));
  }
}
