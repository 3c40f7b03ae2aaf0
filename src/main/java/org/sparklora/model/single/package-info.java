/**
 * Whole models in one file, in the names of the original implementations of Stable Diffusion.
 *
 * <p>Start with {@link org.sparklora.model.single.SingleFile}. It tells which tensors belong to
 * which network and what diffusers calls them, and makes the configurations that a folder would
 * have. Opening folders belongs to {@code model.folder}.
 */
package org.sparklora.model.single;
