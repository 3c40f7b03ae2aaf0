/**
 * The training objective: noise, timesteps, weights by signal-to-noise ratio, the loss.
 *
 * <p>Start with {@link org.sparklora.train.objective.Objective} and {@link
 * org.sparklora.train.objective.TrainingLoss}. Formulas name the paper they come from.
 */
package org.sparklora.train.objective;
