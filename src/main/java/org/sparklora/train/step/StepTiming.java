package org.sparklora.train.step;

/**
 * The time and memory of an optimizer step.
 *
 * @param seconds wall time since the previous step, or since the segment began
 * @param syncSeconds part of it in which the slowest worker did not compute: exchange, reduction,
 *     update; in the first step of a segment also the start of the workers
 * @param workers number of them
 * @param driverBytes resident memory of the driver's process; 0 if the system does not report it
 * @param workerBytes resident memory of the largest worker process; 0 if it does not report it
 * @param split where the seconds go
 */
public record StepTiming(
    double seconds,
    double syncSeconds,
    int workers,
    long driverBytes,
    long workerBytes,
    TimeSplit split) {}
