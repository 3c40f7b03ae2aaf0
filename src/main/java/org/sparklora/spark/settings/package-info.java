/**
 * Spark's settings: what a run needs of them, which GPU a task has, how a session starts.
 *
 * <p>Start with {@link org.sparklora.spark.settings.SparkSettings}.
 */
package org.sparklora.spark.settings;
