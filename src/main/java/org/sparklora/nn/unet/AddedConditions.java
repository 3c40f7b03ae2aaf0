package org.sparklora.nn.unet;

import ai.djl.ndarray.NDArray;

/**
 * What SDXL's UNet is told beside the timestep: diffusers' {@code added_cond_kwargs}.
 *
 * @param pooled the text in one vector, {@code [batch, width]}, compute type
 * @param timeIds height and width of the original picture, top and left of the crop, height and
 *     width of the target, {@code [batch, 6]}, fp32
 */
public record AddedConditions(NDArray pooled, NDArray timeIds) {
  /** How many numbers tell the sizes of a picture. */
  public static final int SIZES = 6;
}
