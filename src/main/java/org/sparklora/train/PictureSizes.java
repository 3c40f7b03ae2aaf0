package org.sparklora.train;

import java.util.List;

/**
 * What SDXL is told of a picture's way into training, all in pixels.
 *
 * @param originalHeight before it was resized
 * @param top where the crop begins in the resized picture
 * @param targetHeight of the crop
 */
public record PictureSizes(
    int originalHeight, int originalWidth, int top, int left, int targetHeight, int targetWidth) {
  private static final int COUNT = 6;

  /** In the order of diffusers' {@code time_ids}, sample by sample. */
  static float[] timeIds(List<TrainingSample> samples) {
    float[] ids = new float[COUNT * samples.size()];
    for (int i = 0; i < samples.size(); i++) {
      PictureSizes sizes = samples.get(i).sizes().orElseThrow();
      float[] own = {
        sizes.originalHeight,
        sizes.originalWidth,
        sizes.top,
        sizes.left,
        sizes.targetHeight,
        sizes.targetWidth
      };
      System.arraycopy(own, 0, ids, COUNT * i, COUNT);
    }
    return ids;
  }
}
