package org.sparklora.data.image;

import java.util.Locale;

/** How pictures are resized; names as in {@code --image_interpolation_mode}. */
public enum ImageInterpolation {
  NEAREST,
  /** The same as {@link #NEAREST}, because torchvision treats pictures that are not tensors so. */
  NEAREST_EXACT,
  BOX,
  BILINEAR,
  HAMMING,
  BICUBIC,
  LANCZOS;

  /** The name on the command line. */
  public String flag() {
    return name().toLowerCase(Locale.ROOT);
  }
}
