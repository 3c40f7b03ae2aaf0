package org.sparklora.train.objective;

/**
 * A cost of errors that grows like their magnitude: {@code factor (sqrt(e^2 + c^2) - c)}.
 *
 * @param c one for each sample
 * @param factor one for each sample
 */
public record PseudoHuber(float[] c, float[] factor) {}
