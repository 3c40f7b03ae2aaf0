/**
 * The driver's own port: Spark's transport with its authentication, and what a connection may do
 * before it has shown that it belongs to the run.
 *
 * <p>Start with {@link org.sparklora.spark.port.Channel}. What is said over the port belongs to
 * {@code spark.reduce}.
 */
package org.sparklora.spark.port;
