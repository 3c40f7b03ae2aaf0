package org.sparklora.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.EnumFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;

/** Reports on adapters as a JSON array. */
final class AdapterReportJson {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .build();

  private AdapterReportJson() {}

  static String of(List<AdapterReport> reports) {
    try {
      return JSON.writeValueAsString(reports);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A report cannot be written as JSON", e);
    }
  }
}
