package org.sparklora.data.cache;

import org.sparklora.data.image.Cropped;

/**
 * The place of the encoded part in its picture, in pixels. Models such as SDXL take it as an input.
 *
 * @param originalHeight of the whole picture before it was resized
 * @param top where the part begins in the resized picture
 * @param left likewise; for a mirrored part, its place in the mirrored picture
 * @param targetHeight of the part
 */
public record CropFrame(
    int originalHeight, int originalWidth, int top, int left, int targetHeight, int targetWidth) {
  /** The frame of a part. */
  public static CropFrame of(Cropped part) {
    return of(part, part.left());
  }

  /** The frame of a part's mirror image. */
  public static CropFrame mirrored(Cropped part) {
    return of(part, part.mirroredLeft());
  }

  private static CropFrame of(Cropped part, int left) {
    return new CropFrame(
        part.original().height(),
        part.original().width(),
        part.top(),
        left,
        part.pixels().height(),
        part.pixels().width());
  }
}
