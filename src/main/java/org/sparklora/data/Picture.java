package org.sparklora.data;

import java.io.Serializable;
import java.util.List;

/**
 * A picture that is a file of its own.
 *
 * @param path its full path
 * @param name its path below the data set's folder
 * @param captions empty where it has none
 * @param identity of its content and its captions'
 */
record Picture(String path, String name, List<String> captions, String identity)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  Picture {
    captions = List.copyOf(captions);
  }
}
