/**
 * A sweep: many recipes trained on the same latents in one job, a trial each, of which the best is
 * kept.
 *
 * <p>Start with {@link org.sparklora.spark.tune.TrialTraining}. What a task does for one adapter
 * belongs to {@code spark.subjects}; which recipes there are, to the command line.
 */
package org.sparklora.spark.tune;
