package org.sparklora.lora.format;

import java.util.Arrays;
import java.util.List;
import org.sparklora.InvalidInputException;
import org.sparklora.model.TensorFile;

/** Tells a file's format by the names of its tensors and its metadata. */
final class Recognition {
  private static final int MOST_NAMES = 5;

  private Recognition() {}

  static AdapterFormat of(TensorFile file) {
    List<AdapterFormat> formats =
        Arrays.stream(AdapterFormat.values()).filter(f -> f.naming().recognises(file)).toList();
    if (formats.size() == 1) {
      return formats.get(0);
    }
    List<String> keys = file.tensors().keySet().stream().limit(MOST_NAMES).toList();
    throw InvalidInputException.data(
        "Unsupported adapter "
            + file.source()
            + ": its "
            + file.tensors().size()
            + " tensors are named as in "
            + (formats.isEmpty() ? "no known format" : "several formats, " + formats)
            + ", such as "
            + String.join(", ", keys));
  }
}
