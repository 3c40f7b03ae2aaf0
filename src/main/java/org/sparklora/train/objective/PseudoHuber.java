package org.sparklora.train.objective;

/**
 * A cost of errors that grows as their magnitude: {@code factor (sqrt(e^2 + c^2) - c)}.
 *
 * @param c one a sample
 * @param factor one a sample
 */
public record PseudoHuber(float[] c, float[] factor) {}
