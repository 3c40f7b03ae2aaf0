/**
 * The training loop: from a state to the last step, with checkpoints and pauses on the way.
 *
 * <p>Start with {@link org.sparklora.train.loop.TrainingLoop}. It does not depend on Spark or on
 * how a gradient is computed: a {@link org.sparklora.train.loop.StepRunner} takes the steps, and a
 * {@link org.sparklora.train.loop.LoopListener} gets their events. What a checkpoint holds belongs
 * to {@code train.checkpoint}.
 */
package org.sparklora.train.loop;
