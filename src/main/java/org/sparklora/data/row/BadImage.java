package org.sparklora.data.row;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.Serializable;
import java.util.Locale;
import org.sparklora.data.file.FoundFile;

/**
 * A row that cannot be trained on.
 *
 * @param id the row's number in the data set
 * @param file the file it is in
 * @param row its number in the file; 0 for a picture file
 * @param reason one sentence
 */
public record BadImage(
    @JsonProperty("id") long id,
    @JsonProperty("file") String file,
    @JsonProperty("row") long row,
    @JsonProperty("reason") String reason)
    implements Serializable {
  /** One line for messages. */
  public String text() {
    return file.endsWith(FoundFile.PARQUET_SUFFIX)
        ? String.format(Locale.ROOT, "row %d of %s: %s", row, file, reason)
        : String.format(Locale.ROOT, "%s: %s", file, reason);
  }
}
