/**
 * Learning rates: which schedules there are, what configures them, and the rate of each optimizer
 * step.
 *
 * <p>Start with {@link org.sparklora.train.rate.LearningRateSchedule}. Rates of single layers and
 * groups of parameters belong to {@code train.step}.
 */
package org.sparklora.train.rate;
