package org.sparklora.data.caption;

import java.io.Serializable;
import java.util.List;

/** Where the captions of a row stand. */
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
   * Known without a look at the row: one fixed prompt, or what a metadata file or a text file says.
   *
   * @param texts empty where there is none
   */
  record Known(List<String> texts) implements Captions {
    private static final long serialVersionUID = 1L;

    public Known {
      texts = List.copyOf(texts);
    }
  }
}
