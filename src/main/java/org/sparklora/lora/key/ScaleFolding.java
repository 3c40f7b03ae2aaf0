package org.sparklora.lora.key;

import org.sparklora.lora.AdaptedModule;

/** Multiplies the scale into B, for formats that have no alpha. */
public final class ScaleFolding {
  private ScaleFolding() {}

  /** B times the scale; the same array if the scale is one. */
  public static float[] up(AdaptedModule module) {
    float[] scaled = module.up().clone();
    double scale = module.scale();
    if (scale != 1) {
      for (int i = 0; i < scaled.length; i++) {
        scaled[i] = (float) (scaled[i] * scale);
      }
    }
    return scaled;
  }
}
