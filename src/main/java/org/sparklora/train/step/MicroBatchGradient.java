package org.sparklora.train.step;

/**
 * The result of one micro-batch, or of several that are summed: the sum of its losses and of its
 * gradients.
 *
 * @param loss the unscaled loss, summed over the micro-batches
 * @param values the gradient times the step's loss scale, {@code float[parameters]}, summed over
 *     the micro-batches
 */
public record MicroBatchGradient(double loss, float[] values) {}
