/**
 * How a run ends before its last step: lost executors, failed tasks, libraries that an executor
 * cannot load, a run that a user cancels.
 *
 * <p>Start with {@link org.sparklora.spark.failure.TaskFailures}. Trying a segment again belongs to
 * {@code spark.reduce}, exit codes to {@code cli}.
 */
package org.sparklora.spark.failure;
