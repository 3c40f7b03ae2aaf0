package org.sparklora.spark.ui;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.apache.spark.util.kvstore.KVIndex;

/** The History Server's record of {@link ReportPlaced}; there is one for each application. */
final class StoredReport {
  /** The key of an application's only record. */
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
