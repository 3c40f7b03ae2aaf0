package org.sparklora.spark.tune;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.sparklora.spark.run.TrainingConfig;

/**
 * One recipe of a sweep.
 *
 * @param number from 1
 * @param flags those that are searched, with this trial's values
 * @param config of a run of its own with these flags
 */
public record Trial(int number, Map<String, String> flags, TrainingConfig config) {
  public Trial {
    flags = new TreeMap<>(flags);
  }

  /** The same with another configuration. */
  Trial with(TrainingConfig other) {
    return new Trial(number, flags, other);
  }

  /** Its name, which is that of its folder. */
  public String name() {
    return String.format(Locale.ROOT, "trial-%03d", number);
  }

  /** Its flags in one line. */
  public String text() {
    return flags.entrySet().stream()
        .map(flag -> flag.getKey() + "=" + flag.getValue())
        .collect(Collectors.joining(" "));
  }
}
