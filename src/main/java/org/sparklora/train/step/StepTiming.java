package org.sparklora.train.step;

/**
 * What an optimizer step took.
 *
 * @param seconds wall time since the step before it, or since the segment began
 * @param syncSeconds the part of it in which the slowest worker did not compute: exchange,
 *     reduction, update; in the first step of a segment also what the workers took to start
 * @param workers number of them
 * @param driverBytes resident memory of the driver's process; 0 where the system does not tell
 * @param workerBytes resident memory of the largest worker process; 0 where it does not tell
 * @param split where the seconds go
 */
public record StepTiming(
    double seconds,
    double syncSeconds,
    int workers,
    long driverBytes,
    long workerBytes,
    TimeSplit split) {}
