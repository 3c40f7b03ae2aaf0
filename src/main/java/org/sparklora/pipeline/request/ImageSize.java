package org.sparklora.pipeline.request;

/**
 * Text to image: noise of this size.
 *
 * @param height {@code --height} in pixels
 * @param width {@code --width} in pixels
 */
public record ImageSize(int height, int width) implements StartingPoint {}
