package org.sparklora.train;

/**
 * What one optimizer step did.
 *
 * @param step the step's number, from 0
 * @param loss mean loss over the micro-batches
 * @param gradientNorm global L2 norm before clipping
 * @param learningRate the learning rate the step used
 * @param lossScale the factor on the loss before backward; 1 outside fp16
 * @param skipped whether the gradient was not finite, so that only the loss scale changed
 */
public record StepResult(
    long step,
    double loss,
    double gradientNorm,
    double learningRate,
    float lossScale,
    boolean skipped) {}
