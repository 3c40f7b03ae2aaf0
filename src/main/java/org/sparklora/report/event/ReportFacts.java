package org.sparklora.report.event;

import java.util.List;

/**
 * Facts about a run that are in a report and not in its events.
 *
 * @param settings every flag in effect
 * @param provenance names and values that the result depends on: versions, hardware, seed
 * @param resume the command that continues the run
 * @param threadsPerWorker number of computing threads
 * @param gpus whether workers compute on GPUs
 */
public record ReportFacts(
    List<Setting> settings,
    List<Fact> provenance,
    ResumeCommand resume,
    int threadsPerWorker,
    boolean gpus) {

  /**
   * A flag's value.
   *
   * @param group of the help
   * @param name without dashes
   * @param from where the value comes from: "flag", a line of a file, "default"
   */
  public record Setting(String group, String name, String value, String from) {}

  /** A name and a value. */
  public record Fact(String name, String value) {}

  public ReportFacts {
    settings = List.copyOf(settings);
    provenance = List.copyOf(provenance);
  }
}
