/**
 * The parts that all networks are built of: layers, blocks, convolutions, and the tape that
 * computes gradients through them.
 *
 * <p>Start with {@link org.sparklora.nn.Block} and {@link org.sparklora.nn.Tape}. Names are those
 * of diffusers. Arithmetic belongs to {@code tensor} and its op library; each whole network has a
 * package of its own.
 */
package org.sparklora.nn;
