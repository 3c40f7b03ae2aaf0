package org.sparklora.spark;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.Trainables;
import org.sparklora.lora.format.AdapterFormat;
import org.sparklora.lora.format.LearnedTokenFiles;
import org.sparklora.lora.format.PeftAdapterFile;
import org.sparklora.store.FileContent;

/**
 * How an adapter is written.
 *
 * @param baseModel {@code --pretrained_model_name_or_path}
 */
record AdapterFiles(AdapterLayout layout, Trainables trainables, String baseModel) {
  /** What holds low-rank updates and learned tokens. */
  static final AdapterFormat WITH_TOKENS = AdapterFormat.CLONEOFSIMO;

  private static final List<AdapterFormat> TOKEN_FORMATS =
      List.of(AdapterFormat.TEXTUAL_INVERSION, AdapterFormat.TEXTUAL_INVERSION_BIN);

  /** An adapter's files by name, in the order in which they are to appear. */
  Map<String, FileContent> of(float[] values) {
    Map<String, FileContent> files = new LinkedHashMap<>();
    if (!layout.modules().isEmpty()) {
      PeftAdapterFile weights = new PeftAdapterFile(layout, trainables.lora(), baseModel);
      files.put(PeftAdapterFile.NAME, out -> weights.write(values, out));
    }
    files.putAll(tokenFiles(layout.adapter(values)));
    return files;
  }

  /** The learned tokens alone, and where there are low-rank updates, too, with them in one file. */
  private Map<String, FileContent> tokenFiles(Adapter adapter) {
    if (adapter.tokens().isEmpty()) {
      return Map.of();
    }
    Map<String, String> metadata = Map.of("base_model", baseModel);
    Map<String, FileContent> files =
        new LinkedHashMap<>(LearnedTokenFiles.of(adapter.tokens(), TOKEN_FORMATS, metadata));
    if (!adapter.modules().isEmpty()) {
      files.putAll(WITH_TOKENS.files(new Adapter(adapter.modules(), adapter.tokens(), metadata)));
    }
    return files;
  }
}
