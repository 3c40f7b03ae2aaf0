package org.sparklora.data.cache;

import org.sparklora.data.image.Cropped;

/**
 * Where in a picture the part lies that was encoded, in pixels; models such as SDXL are told.
 *
 * @param originalHeight of the whole picture before it was resized
 * @param top where the part begins in the resized picture
 * @param left of the part itself, or of its mirror image in that of the picture
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
