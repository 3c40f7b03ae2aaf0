package org.sparklora.lora.format;

import java.util.Arrays;
import java.util.List;
import org.sparklora.lora.format.AdapterFormat.Container;
import org.sparklora.model.file.TorchFile;
import org.sparklora.util.InvalidInputException;

/** Recognises a file's format by the names of its tensors and its metadata. */
final class Recognition {
  private static final int MOST_NAMES = 5;

  private Recognition() {}

  static AdapterFormat of(AdapterSource source) {
    boolean torch = source.tensors() instanceof TorchFile;
    AdapterFormat tokens =
        torch ? AdapterFormat.TEXTUAL_INVERSION_BIN : AdapterFormat.TEXTUAL_INVERSION;
    if (tokens.naming().recognises(source)) {
      return tokens;
    }
    OtherFiles.refuse(source);
    List<AdapterFormat> formats =
        Arrays.stream(AdapterFormat.values())
            .filter(
                format ->
                    format == AdapterFormat.PEFT
                        || torch != (format.container() == Container.SAFETENSORS))
            .filter(format -> format.naming().recognises(source))
            .toList();
    if (formats.size() == 1) {
      return formats.get(0);
    }
    List<String> keys = source.tensors().tensors().keySet().stream().limit(MOST_NAMES).toList();
    throw InvalidInputException.data(
        "Unsupported adapter "
            + source.tensors().source()
            + ": its "
            + source.tensors().tensors().size()
            + " tensors are named as in "
            + (formats.isEmpty() ? "no known format" : "several formats, " + formats)
            + (keys.isEmpty() ? "" : ", such as " + String.join(", ", keys)));
  }
}
