package org.sparklora.data.row;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A folder of pictures that are files or parts of files, each with its captions.
 *
 * @param location the folder
 * @param pictures in order of their paths
 * @param remarks about files that were left out
 */
public record PictureDataset(String location, List<Picture> pictures, List<String> remarks)
    implements ImageDataset {
  public PictureDataset {
    pictures = List.copyOf(pictures);
    remarks = List.copyOf(remarks);
  }

  @Override
  public long rows() {
    return pictures.size();
  }

  @Override
  public List<RowRange> ranges() {
    int wanted = Math.toIntExact(ImageDataset.rowsPerRange(rows()));
    List<RowRange> ranges = new ArrayList<>();
    for (int from = 0; from < pictures.size(); from += wanted) {
      int to = Math.min(from + wanted, pictures.size());
      ranges.add(new PictureRange(from, pictures.subList(from, to)));
    }
    return ranges;
  }

  @Override
  public String columns() {
    return "pictures";
  }

  @Override
  public List<String> contents() {
    return pictures.stream()
        .map(
            picture ->
                String.format(Locale.ROOT, "picture %s\n%s", picture.name(), picture.identity()))
        .toList();
  }
}
