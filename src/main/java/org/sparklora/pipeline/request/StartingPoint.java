package org.sparklora.pipeline.request;

import java.io.Serializable;

/** The start of a drawing: noise of a size, or another picture. */
public sealed interface StartingPoint extends Serializable permits ImageSize, InitialImage {
  /** In pixels. */
  int height();

  /** In pixels. */
  int width();
}
