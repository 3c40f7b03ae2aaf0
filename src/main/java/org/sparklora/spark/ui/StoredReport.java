package org.sparklora.spark.ui;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.apache.spark.util.kvstore.KVIndex;

/** What the History Server keeps of {@link ReportPlaced}: one for each application. */
final class StoredReport {
  /** The key of the only one. */
  static final String KEY = "report";

  @JsonProperty private final String location;

  StoredReport(@JsonProperty("location") String location) {
    this.location = location;
  }

  @KVIndex
  public String key() {
    return KEY;
  }

  String location() {
    return location;
  }
}
