/**
 * One sampling run of a given number of steps: which timesteps and sigmas it visits, and the
 * history that multistep solvers keep.
 *
 * <p>Start with {@link org.sparklora.schedulers.run.TimestepRun} and {@link
 * org.sparklora.schedulers.run.SigmaRun}. The formulas of each scheduler belong to {@code
 * schedulers}.
 */
package org.sparklora.schedulers.run;
