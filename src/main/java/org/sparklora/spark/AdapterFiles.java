package org.sparklora.spark;

import java.util.LinkedHashMap;
import java.util.Map;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.Trainables;
import org.sparklora.lora.format.PeftAdapterFile;
import org.sparklora.store.FileContent;

/**
 * How an adapter is written.
 *
 * @param baseModel {@code --pretrained_model_name_or_path}
 */
record AdapterFiles(AdapterLayout layout, Trainables trainables, String baseModel) {
  /** An adapter's files by name, in the order in which they are to appear. */
  Map<String, FileContent> of(float[] values) {
    Map<String, FileContent> files = new LinkedHashMap<>();
    if (!layout.modules().isEmpty()) {
      PeftAdapterFile weights = new PeftAdapterFile(layout, trainables.lora(), baseModel);
      files.put(PeftAdapterFile.NAME, out -> weights.write(values, out));
    }
    return files;
  }
}
