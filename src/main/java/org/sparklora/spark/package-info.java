/**
 * The two jobs as a whole: {@code prepare} and {@code train}, from a checked configuration to the
 * end.
 *
 * <p>Start with {@link org.sparklora.spark.TrainingJob}. It only runs the parts in the packages
 * below in order.
 */
package org.sparklora.spark;
