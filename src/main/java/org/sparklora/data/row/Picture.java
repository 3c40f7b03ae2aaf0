package org.sparklora.data.row;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.caption.Captions;
import org.sparklora.data.file.FoundFile;

/**
 * A picture that is a file of its own.
 *
 * @param path its full path
 * @param name its path below the data set's folder
 * @param captions empty if it has none
 * @param mask full path of its mask; empty if it has none
 * @param identity of its content, its captions and its mask
 */
public record Picture(String path, String name, List<String> captions, String mask, String identity)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  public Picture {
    captions = List.copyOf(captions);
  }

  /** A file with its captions and its mask. */
  public static Picture of(
      FoundFile file, List<String> captions, Optional<FoundFile> mask, Configuration configuration)
      throws IOException {
    String identity = file.identity(configuration) + "\n" + new Captions.Known(captions);
    return mask.isEmpty()
        ? new Picture(file.path(), file.name(), captions, "", identity)
        : new Picture(
            file.path(),
            file.name(),
            captions,
            mask.get().path(),
            identity + "\nmask " + mask.get().identity(configuration));
  }
}
