/**
 * Groups of flags that only training commands have, named as in diffusers.
 *
 * <p>Start with {@link org.sparklora.cli.training.TrainingOptions}. Each group holds one concern,
 * checks its own flags, and turns them into a record such as {@code OptimizerConfig}. The group
 * that a flag belongs to is the only place where it is defined.
 */
package org.sparklora.cli.training;
