/**
 * Checkpoints: written with checksums, found again, pruned.
 *
 * <p>Start with {@link org.sparklora.train.checkpoint.Checkpoints}.
 */
package org.sparklora.train.checkpoint;
