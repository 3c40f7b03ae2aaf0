package org.sparklora.train.step;

/**
 * The state that a worker needs to compute a step: the adapter as one flat fp32 vector, with every
 * tensor in the order of the adapter format, and the loss scale of its gradients.
 *
 * @param step optimizer step to compute, from 0
 * @param lossScale factor on every loss before backward; 1 unless the precision is fp16
 * @param values the adapter's values, {@code float[parameters]}
 */
public record AdapterState(long step, float lossScale, float[] values) {}
