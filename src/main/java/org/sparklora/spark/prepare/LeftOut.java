package org.sparklora.spark.prepare;

import java.util.ArrayList;
import java.util.List;
import org.sparklora.data.row.BadImage;
import org.sparklora.data.row.ImageDataset;

/** Lists the parts of a data set that were not trained on, for the model card. */
public final class LeftOut {
  private LeftOut() {}

  /**
   * One line for each reason and each of the first rows.
   *
   * @param datasets tell of files, such as those of other splits
   * @param latents tell of rows that cannot be used
   */
  public static List<String> lines(List<ImageDataset> datasets, PrepareResult latents) {
    List<String> lines = new ArrayList<>();
    datasets.forEach(dataset -> lines.addAll(dataset.remarks()));
    List<BadImage> named = latents.firstBadImages();
    named.forEach(row -> lines.add(row.text()));
    long more = latents.badImages() - named.size();
    if (more > 0) {
      lines.add(more + " more rows; the latent cache has a table of them");
    }
    return lines;
  }
}
