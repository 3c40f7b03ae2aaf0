/**
 * A run in Spark's own pages and metrics: its report in the UI of a running application and in the
 * History Server, its numbers in the metrics system.
 *
 * <p>Start with {@link org.sparklora.spark.ui.ReportTab}. What the report says belongs to {@code
 * report}; a run goes on without these pages if Spark does not provide them.
 */
package org.sparklora.spark.ui;
