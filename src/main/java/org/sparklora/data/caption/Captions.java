package org.sparklora.data.caption;

import java.io.Serializable;
import java.util.List;

/** The source of a row's captions. */
public sealed interface Captions extends Serializable {
  /**
   * In a column of its Parquet file.
   *
   * @param name {@code --caption_column}
   */
  record Column(String name) implements Captions {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Captions that are known without reading the row: one fixed prompt, or the text of a metadata
   * file or a text file.
   *
   * @param texts captions; empty if there are none
   */
  record Known(List<String> texts) implements Captions {
    private static final long serialVersionUID = 1L;

    public Known {
      texts = List.copyOf(texts);
    }
  }
}
