package org.sparklora.train.step;

/**
 * The time and memory of an optimizer step.
 *
 * @param seconds wall time since the previous step, or since the segment began
 * @param syncSeconds part of it in which the slowest worker did not compute: exchange, reduction,
 *     update; in the first step of a segment also the start of the workers
 * @param workers number of them
 * @param memory in use at the end of the step
 * @param split where the seconds go
 */
public record StepTiming(
    double seconds, double syncSeconds, int workers, StepMemory memory, TimeSplit split) {}
