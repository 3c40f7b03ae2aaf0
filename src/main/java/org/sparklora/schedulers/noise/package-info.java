/**
 * What training and sampling share: how much noise each of the 1,000 training timesteps carries,
 * and what a {@code scheduler_config.json} says about it.
 *
 * <p>Start with {@link org.sparklora.schedulers.noise.NoiseSchedule}. The timesteps of one sampling
 * run belong to {@code schedulers.run}; a scheduler's arithmetic belongs to {@code schedulers}.
 */
package org.sparklora.schedulers.noise;
