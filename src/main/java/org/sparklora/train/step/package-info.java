/**
 * One optimizer step: sums of gradients, clipping, learning rates, loss scale, new adapter.
 *
 * <p>Start with {@link org.sparklora.train.step.StepOptimizer}. Sums are taken over a fixed tree
 * ({@link org.sparklora.train.step.GradientTree}), so they do not depend on who computed what.
 */
package org.sparklora.train.step;
