package org.sparklora.train.step;

/**
 * What a worker needs to compute a step: the adapter as one flat fp32 vector, every tensor in order
 * of the adapter format, and the loss scale its gradients carry.
 *
 * @param step the optimizer step to compute, from 0
 * @param lossScale the factor on every loss before backward; 1 unless the precision is fp16
 * @param values the adapter's values, {@code float[parameters]}
 */
public record AdapterState(long step, float lossScale, float[] values) {}
