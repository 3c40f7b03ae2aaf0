package org.sparklora.train;

/**
 * All that the driver needs to go on exactly where it was.
 *
 * @param step the next step, from 0
 * @param updates updates made so far: steps without the skipped ones
 * @param values the adapter, {@code float[parameters]}
 * @param firstMoment AdamW's running mean of gradients, {@code float[parameters]}
 * @param secondMoment AdamW's running mean of squared gradients, {@code float[parameters]}
 * @param lossScale the loss scale of the next step
 * @param stepsSinceScaleChange steps without overflow since the loss scale last changed
 */
public record OptimizerState(
    long step,
    long updates,
    float[] values,
    float[] firstMoment,
    float[] secondMoment,
    float lossScale,
    int stepsSinceScaleChange) {}
