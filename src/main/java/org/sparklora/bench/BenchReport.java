package org.sparklora.bench;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The measurements: settings, and rows of seconds or other numbers with their spread. */
public final class BenchReport {
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final List<Row> rows = new ArrayList<>();

  /**
   * A quantity.
   *
   * @param unit such as {@code s}
   * @param values every measurement, at least one
   */
  record Row(String quantity, String unit, List<Double> values) {
    Row {
      values = values.stream().sorted().toList();
    }

    double median() {
      int middle = values.size() / 2;
      return values.size() % 2 == 1
          ? values.get(middle)
          : (values.get(middle - 1) + values.get(middle)) / 2;
    }

    double least() {
      return values.get(0);
    }

    double most() {
      return values.get(values.size() - 1);
    }
  }

  BenchReport set(String setting, Object value) {
    settings.put(setting, String.valueOf(value));
    return this;
  }

  BenchReport add(String quantity, String unit, List<Double> values) {
    if (!values.isEmpty()) {
      rows.add(new Row(quantity, unit, values));
    }
    return this;
  }

  /** The measurements as a Markdown table under a line of settings. */
  public String table() {
    StringBuilder text = new StringBuilder();
    settings.forEach(
        (name, value) ->
            text.append(text.isEmpty() ? "" : ", ").append(name).append(' ').append(value));
    text.append(String.format(Locale.ROOT, "%n%n| | unit | median | least | most | of |%n"));
    text.append(String.format(Locale.ROOT, "|---|---|---|---|---|---|%n"));
    for (Row row : rows) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %.4g | %.4g | %.4g | %d |%n",
              row.quantity(),
              row.unit(),
              row.median(),
              row.least(),
              row.most(),
              row.values().size()));
    }
    return text.toString();
  }

  /** The measurements as JSON, with every value. */
  public String json() {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode told = root.putObject("settings");
    settings.forEach(told::put);
    ArrayNode list = root.putArray("results");
    for (Row row : rows) {
      ObjectNode node = list.addObject();
      node.put("quantity", row.quantity());
      node.put("unit", row.unit());
      node.put("median", row.median());
      row.values().forEach(node.putArray("values")::add);
    }
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Numbers and names are always JSON", e);
    }
  }
}
