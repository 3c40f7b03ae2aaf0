/**
 * Applies gradients to the adapter: update rules with their states, and the running average.
 *
 * <p>Start with {@link org.sparklora.train.optimizer.UpdateRule}.
 */
package org.sparklora.train.optimizer;
