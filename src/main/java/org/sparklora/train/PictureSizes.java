package org.sparklora.train;

import java.util.List;

/**
 * The sizes of a training picture that SDXL takes as inputs, in pixels.
 *
 * @param originalHeight before it was resized
 * @param top where the crop begins in the resized picture
 * @param targetHeight of the crop
 */
public record PictureSizes(
    int originalHeight, int originalWidth, int top, int left, int targetHeight, int targetWidth) {
  private static final int COUNT = 6;

  /**
   * Returns diffusers' {@code time_ids}, {@code float[samples * 6]}: original height and width,
   * top, left, target height and width of each sample.
   */
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
