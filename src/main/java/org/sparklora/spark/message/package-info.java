/**
 * The messages between the driver and its workers, byte for byte: what opens a step, what a worker
 * answers, and which way the sums take.
 *
 * <p>Start with {@link org.sparklora.spark.message.DriverMessage} and {@link
 * org.sparklora.spark.message.WorkerMessage}. Sockets belong to {@code spark.port}, sending and
 * summing to {@code spark.reduce} and {@code spark.tree}.
 */
package org.sparklora.spark.message;
