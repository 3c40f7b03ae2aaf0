package org.sparklora.nn.unet;

import ai.djl.ndarray.NDArray;

/**
 * The inputs that SDXL's UNet takes beside the timestep and the text's hidden states: diffusers'
 * {@code added_cond_kwargs}.
 *
 * @param pooled the text in one vector, {@code [batch, width]}, compute type
 * @param timeIds height and width of the original picture, top and left of the crop, height and
 *     width of the target, {@code [batch, 6]}, fp32
 */
public record AddedConditions(NDArray pooled, NDArray timeIds) {
  /** The number of values in a picture's {@code timeIds}. */
  public static final int SIZES = 6;
}
