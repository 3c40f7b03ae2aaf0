package org.sparklora.train;

import java.util.Optional;
import org.sparklora.train.optimizer.UpdateRuleState;

/**
 * All that the driver needs to go on exactly where it was.
 *
 * @param step the next step, from 0
 * @param updates updates made so far: steps without the skipped ones
 * @param values the adapter, {@code float[parameters]}
 * @param rule what the update rule remembers
 * @param ema the running average of the adapter, {@code float[parameters]}; empty without {@code
 *     --use_ema}
 * @param lossScale the loss scale of the next step
 * @param stepsSinceScaleChange steps without overflow since the loss scale last changed
 */
public record OptimizerState(
    long step,
    long updates,
    float[] values,
    UpdateRuleState rule,
    Optional<float[]> ema,
    float lossScale,
    int stepsSinceScaleChange) {}
