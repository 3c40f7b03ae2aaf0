/**
 * Noise schedulers behind one interface, with the arithmetic of diffusers' classes of the same
 * names.
 *
 * <p>Start with {@link org.sparklora.schedulers.Scheduler}; {@link
 * org.sparklora.schedulers.Schedulers} makes one from a configuration. The noise of the training
 * timesteps belongs to {@code schedulers.noise}, the choice of timesteps of a run to {@code
 * schedulers.run}. Noise in training belongs to {@code train.objective}.
 */
package org.sparklora.schedulers;
