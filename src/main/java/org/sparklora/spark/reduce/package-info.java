/**
 * Segments of steps as Spark tasks, and the exchange of gradients between workers and driver.
 *
 * <p>Start with {@link org.sparklora.spark.reduce.SegmentRunner} on the driver and {@link
 * org.sparklora.spark.reduce.WorkerTask} on an executor. The form of the messages belongs to {@code
 * spark.message}, and the handling of lost executors to {@code spark.failure}. Computing a gradient
 * belongs to {@code spark.worker} and {@code train}.
 */
package org.sparklora.spark.reduce;
