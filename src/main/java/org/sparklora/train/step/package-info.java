/**
 * One optimizer step: sums of gradients, clipping, loss scale, new adapter.
 *
 * <p>Start with {@link org.sparklora.train.step.StepOptimizer}. Sums are taken over a fixed tree
 * ({@link org.sparklora.train.step.GradientTree}), so they do not depend on who computed what.
 * Schedules of learning rates belong to {@code train.rate}.
 */
package org.sparklora.train.step;
