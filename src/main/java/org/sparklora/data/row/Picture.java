package org.sparklora.data.row;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.caption.Captions;
import org.sparklora.data.file.FoundFile;

/**
 * A picture that is a file of its own.
 *
 * @param path its full path
 * @param name its path below the data set's folder
 * @param captions empty if it has none
 * @param identity of its content and its captions
 */
public record Picture(String path, String name, List<String> captions, String identity)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  public Picture {
    captions = List.copyOf(captions);
  }

  /** A file with its captions. */
  public static Picture of(FoundFile file, List<String> captions, Configuration configuration)
      throws IOException {
    String identity = file.identity(configuration) + "\n" + new Captions.Known(captions);
    return new Picture(file.path(), file.name(), captions, identity);
  }
}
