package org.sparklora.data.row;

import java.util.List;
import java.util.Optional;

/**
 * A row of the data set.
 *
 * @param id its number in the data set
 * @param image the picture's file content; empty where the row has none
 * @param captions empty where the row has none
 * @param subject whose picture it is, where {@code --subject_column} says so
 */
public record ImageRow(
    long id, Optional<byte[]> image, List<String> captions, Optional<SubjectRow> subject) {
  /** A row of a data set without subjects. */
  public ImageRow(long id, Optional<byte[]> image, List<String> captions) {
    this(id, image, captions, Optional.empty());
  }

  /** What is drawn for the row is drawn by this. */
  public long key() {
    return subject.map(SubjectRow::number).orElse(id);
  }
}
