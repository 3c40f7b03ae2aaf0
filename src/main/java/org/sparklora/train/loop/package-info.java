/**
 * The training loop: from a state to the last step, with checkpoints and pauses on the way.
 *
 * <p>Start with {@link org.sparklora.train.loop.TrainingLoop}. It knows neither Spark nor who
 * computes a gradient: a {@link org.sparklora.train.loop.StepRunner} takes the steps, a {@link
 * org.sparklora.train.loop.LoopListener} is told of them. What a checkpoint holds belongs to {@code
 * train.checkpoint}.
 */
package org.sparklora.train.loop;
