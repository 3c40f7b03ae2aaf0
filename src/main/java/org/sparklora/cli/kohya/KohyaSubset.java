package org.sparklora.cli.kohya;

import java.util.Optional;

/**
 * A folder of pictures with what is said of it, of its data set and of all data sets.
 *
 * @param dataset index of the data set it belongs to
 */
record KohyaSubset(int dataset, KohyaSettings settings) {
  Optional<String> folder() {
    return settings.text("image_dir");
  }

  boolean isRegularisation() {
    return settings.isOn("is_reg");
  }

  long repeats() {
    return settings
        .number("num_repeats")
        .or(() -> settings.number("dataset_repeats"))
        .orElse(1.0)
        .longValue();
  }
}
