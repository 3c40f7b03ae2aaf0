package org.sparklora.train.step;

import org.sparklora.tensor.Precision;

/**
 * The factor on the loss that keeps fp16 gradients from vanishing (Micikevicius et al. 2018, arXiv
 * 1710.03740), changing as {@code torch.amp.GradScaler} does by default. It is 65536 at first, is
 * halved at each overflow, and is doubled after 2000 steps in a row without one. Other precisions
 * need no scale: it is 1.
 */
final class LossScaler {
  private static final float INITIAL = 65536;
  private static final float GROWTH = 2;
  private static final float BACKOFF = 0.5f;
  private static final int GROWTH_INTERVAL = 2000;

  private final boolean dynamic;
  private float scale;
  private int stepsSinceChange;

  LossScaler(Precision precision) {
    this(precision, INITIAL, 0);
  }

  /**
   * Continues from a saved state.
   *
   * @param scale ignored unless the precision is fp16, as {@code stepsSinceChange}
   * @param stepsSinceChange steps without overflow since the scale last changed
   */
  LossScaler(Precision precision, float scale, int stepsSinceChange) {
    dynamic = precision.isFp16();
    this.scale = dynamic ? scale : 1;
    this.stepsSinceChange = dynamic ? stepsSinceChange : 0;
  }

  float scale() {
    return scale;
  }

  int stepsSinceChange() {
    return stepsSinceChange;
  }

  /** Changes the scale after a step. */
  void update(boolean overflow) {
    if (!dynamic) {
      return;
    }
    if (overflow) {
      scale *= BACKOFF;
      stepsSinceChange = 0;
      return;
    }
    stepsSinceChange++;
    if (stepsSinceChange == GROWTH_INTERVAL) {
      if (Float.isFinite(scale * GROWTH)) {
        scale *= GROWTH;
      }
      stepsSinceChange = 0;
    }
  }
}
