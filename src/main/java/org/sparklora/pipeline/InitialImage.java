package org.sparklora.pipeline;

/**
 * The picture that image to image starts from.
 *
 * @param chw {@code [3, height, width]} in [-1, 1], row-major
 */
public record InitialImage(float[] chw, int height, int width) {}
