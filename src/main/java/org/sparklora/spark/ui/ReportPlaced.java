package org.sparklora.spark.ui;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.apache.spark.scheduler.SparkListenerEvent;

/**
 * Notes in Spark's event log where a run's report is. A History Server without this class ignores
 * the event.
 *
 * @param location of {@code report.html}
 */
record ReportPlaced(@JsonProperty("location") String location) implements SparkListenerEvent {
  @JsonCreator
  ReportPlaced {}
}
