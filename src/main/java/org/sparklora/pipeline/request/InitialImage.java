package org.sparklora.pipeline.request;

/**
 * Image to image: the picture to start from.
 *
 * @param chw {@code [3, height, width]} in [-1, 1], row-major
 * @param strength {@code --strength}: how much noise is added to it, in (0, 1]
 */
public record InitialImage(float[] chw, int height, int width, double strength)
    implements StartingPoint {}
