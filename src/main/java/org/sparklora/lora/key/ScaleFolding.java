package org.sparklora.lora.key;

import org.sparklora.lora.AdaptedModule;

/** B for formats that have no alpha: the scale is multiplied into it. */
public final class ScaleFolding {
  private ScaleFolding() {}

  /** Unchanged where the scale is one already. */
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
