package org.sparklora.lora.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sparklora.lora.Adapter;

/** The adapter files of the field. A format is recognised by what a file holds, not by its name. */
public enum AdapterFormat {
  /** {@code pytorch_lora_weights.safetensors} as diffusers writes it since version 0.22. */
  DIFFUSERS("diffusers", "pytorch_lora_weights.safetensors"),
  /** The same until version 0.21: {@code attn1.processor.to_q_lora.down.weight}. */
  DIFFUSERS_OLD("diffusers-old", "pytorch_lora_weights.safetensors");

  private final String label;
  private final String fileName;

  AdapterFormat(String label, String fileName) {
    this.label = label;
    this.fileName = fileName;
  }

  /** The format that the command line calls so, in any case. */
  public static Optional<AdapterFormat> named(String label) {
    return Arrays.stream(values()).filter(f -> f.label.equalsIgnoreCase(label)).findFirst();
  }

  /** The name its tools give a file. */
  public String fileName() {
    return fileName;
  }

  /** Whether an adapter is a folder of several files. */
  public boolean isFolder() {
    return false;
  }

  AdapterNaming naming() {
    return switch (this) {
      case DIFFUSERS -> new DiffusersNaming();
      case DIFFUSERS_OLD -> new DiffusersOldNaming();
    };
  }

  /**
   * The files that an adapter becomes, by name; their bytes are a function of the adapter.
   *
   * @throws org.sparklora.InvalidInputException (CONFIGURATION) naming what the format cannot
   *     express and which can
   */
  public Map<String, FileContent> files(Adapter adapter) {
    NamedTensors tensors = naming().write(adapter);
    return new TreeMap<>(Map.of(fileName, tensors::writeSafetensors));
  }

  /**
   * Writes an adapter to this machine. A file appears under its name only when it is complete.
   *
   * @param target the file; or the folder that gets files of the usual names, if there is such a
   *     folder or the format is one
   * @throws org.sparklora.InvalidInputException (CONFIGURATION) naming what the format cannot
   *     express, before anything is written
   */
  public void write(Adapter adapter, Path target) throws IOException {
    Map<String, FileContent> files = files(adapter);
    if (isFolder() || Files.isDirectory(target)) {
      for (Map.Entry<String, FileContent> file : files.entrySet()) {
        WholeFile.write(target.resolve(file.getKey()), file.getValue());
      }
    } else {
      WholeFile.write(target, files.get(fileName));
    }
  }

  /** What the command line calls it. */
  @Override
  public String toString() {
    return label;
  }
}
