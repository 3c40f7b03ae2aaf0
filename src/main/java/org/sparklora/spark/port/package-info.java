/**
 * The ports of a run, the driver's and those of executors that sum for others: Spark's transport
 * with its authentication, and what a connection may do before it has shown that it belongs to the
 * run.
 *
 * <p>Start with {@link org.sparklora.spark.port.Channel}. The messages over the ports belong to
 * {@code spark.reduce} and {@code spark.tree}.
 */
package org.sparklora.spark.port;
