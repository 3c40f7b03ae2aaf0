package org.sparklora.spark.run;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.report.event.ReportFacts;

/**
 * The command line and the flags of a run, for its report.
 *
 * @param arguments of the command line, the command's name first
 * @param settings every flag in effect
 * @param flags the flags as given, without secrets, for the model card
 */
public record Invocation(
    List<String> arguments, List<ReportFacts.Setting> settings, Map<String, String> flags) {
  public Invocation {
    arguments = List.copyOf(arguments);
    settings = List.copyOf(settings);
    flags = new TreeMap<>(flags);
  }

  /** Arguments may hold secrets, which must not be printed with a configuration. */
  @Override
  public String toString() {
    return "Invocation[" + arguments.size() + " arguments]";
  }
}
