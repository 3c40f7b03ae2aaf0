package org.sparklora.data.row;

import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * Consecutive pictures of a folder.
 *
 * @param firstId number of the first picture in the data set
 * @param pictures of the range
 */
record PictureRange(long firstId, List<Picture> pictures) implements RowRange {
  private static final long serialVersionUID = 1L;

  PictureRange {
    pictures = List.copyOf(pictures);
  }

  @Override
  public long rows() {
    return pictures.size();
  }

  @Override
  public ImageRows open(Configuration configuration) {
    return new PictureRows(this, configuration);
  }

  @Override
  public BadImage badImage(long id, String reason) {
    return new BadImage(id, pictures.get(Math.toIntExact(id - firstId)).name(), 0, reason);
  }
}
