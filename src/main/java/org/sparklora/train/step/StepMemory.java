package org.sparklora.train.step;

/**
 * The memory in use at the end of an optimizer step, in bytes. 0 means that the system does not
 * report it.
 *
 * @param driver resident memory of the driver's process
 * @param worker resident memory of the largest worker process
 * @param device memory in use on the fullest GPU, by all of its processes
 */
public record StepMemory(long driver, long worker, long device) {}
