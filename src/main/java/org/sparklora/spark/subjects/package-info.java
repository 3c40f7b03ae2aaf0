/**
 * Many subjects in one job: an adapter for each, trained in one task each.
 *
 * <p>Start with {@link org.sparklora.spark.subjects.SubjectsRun}.
 */
package org.sparklora.spark.subjects;
