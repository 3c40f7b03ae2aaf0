package org.sparklora.data.image;

/**
 * The part of a picture that is trained on.
 *
 * @param original the whole picture's size before it was resized
 * @param top where the part begins in the resized picture, in pixels
 * @param left likewise
 * @param mirroredLeft where the mirror image of the part begins in that of the resized picture
 */
public record Cropped(Pixels pixels, Size original, int top, int left, int mirroredLeft) {}
