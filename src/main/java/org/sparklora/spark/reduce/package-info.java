/**
 * Segments of steps as Spark tasks, and the exchange of gradients between workers and driver.
 *
 * <p>Start with {@link org.sparklora.spark.reduce.SegmentRunner} on the driver and {@link
 * org.sparklora.spark.reduce.WorkerTask} on an executor. The messages do not say what a gradient is
 * of; computing one belongs to {@code spark.worker} and {@code train}.
 */
package org.sparklora.spark.reduce;
