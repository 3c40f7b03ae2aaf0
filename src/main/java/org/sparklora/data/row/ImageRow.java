package org.sparklora.data.row;

import java.util.List;
import java.util.Optional;

/**
 * A row of the data set.
 *
 * @param id its number in the data set
 * @param image the picture's file content; empty if the row has none
 * @param captions empty if the row has none
 * @param mask the file content of a mask beside the picture
 * @param subject of the picture, with {@code --subject_column}
 */
public record ImageRow(
    long id,
    Optional<byte[]> image,
    List<String> captions,
    Optional<byte[]> mask,
    Optional<SubjectRow> subject) {
  /** A row of a data set without masks and subjects. */
  public ImageRow(long id, Optional<byte[]> image, List<String> captions) {
    this(id, image, captions, Optional.empty(), Optional.empty());
  }

  /** The number from which everything random about the row is drawn. */
  public long key() {
    return subject.map(SubjectRow::number).orElse(id);
  }
}
