package org.sparklora.data.container;

import java.util.List;

/**
 * A picture inside a file, with its captions.
 *
 * @param place of the row in the file, for messages
 * @param from number of the picture's first byte in the file
 * @param bytes of the picture; 0 if the row has none
 * @param captions empty if the row has none
 * @param noPicture words that say what is there instead of a picture
 * @param noCaption words that say what is there instead of a caption
 */
public record ContainedRow(
    String place,
    long from,
    long bytes,
    List<String> captions,
    String noPicture,
    String noCaption) {
  public ContainedRow {
    captions = List.copyOf(captions);
  }
}
