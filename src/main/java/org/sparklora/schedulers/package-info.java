/**
 * Noise schedulers behind one interface, with the arithmetic of diffusers' classes of the same
 * names.
 *
 * <p>Start with {@link org.sparklora.schedulers.Scheduler}. Noise in training belongs to {@code
 * train.objective}.
 */
package org.sparklora.schedulers;
