/**
 * A sweep: many recipes trained in one run, a trial each, of which the best is kept. Trials share
 * latents, if they encode the same pictures alike.
 *
 * <p>Start with {@link org.sparklora.spark.tune.TrialTraining}. What a task does for one adapter
 * belongs to {@code spark.subjects}; which recipes there are, to the command line.
 */
package org.sparklora.spark.tune;
