package org.sparklora.cli.target;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.format.AdapterFormat;
import org.sparklora.lora.format.SavePrecision;
import org.sparklora.store.FileContent;
import org.sparklora.util.InvalidInputException;

/**
 * The place to which an adapter is written.
 *
 * @param location a file, or a folder for files of the format's usual names
 */
public record AdapterTarget(
    String location,
    boolean folder,
    AdapterFormat format,
    SavePrecision precision,
    boolean overwrite) {

  /**
   * Writes the adapter. Each file is either complete or not there.
   *
   * @param onFile gets each file and its size
   * @throws InvalidInputException (CONFIGURATION) before anything is written, when the format
   *     cannot express the adapter or a file is there already
   */
  public void write(Adapter adapter, Stores stores, Consumer<String> onFile) throws IOException {
    TargetFiles place = stores.target(location);
    Map<String, FileContent> files = new TreeMap<>();
    Map<String, FileContent> named = format.files(adapter, precision);
    if (folder) {
      named.forEach((name, content) -> files.put(location + "/" + name, content));
    } else {
      files.put(location, format.theOnly(named));
    }
    for (String file : files.keySet()) {
      requireFree(file, place);
    }
    for (Map.Entry<String, FileContent> file : files.entrySet()) {
      long bytes = place.replace(file.getKey(), file.getValue());
      onFile.accept(
          Location.shown(file.getKey()) + " (" + format + ", " + AdapterText.size(bytes) + ")");
    }
  }

  /**
   * Checks the place before any work is done.
   *
   * @throws InvalidInputException (CONFIGURATION) when the place is taken or cannot be written
   */
  public void check(Stores stores) throws IOException {
    TargetFiles place = stores.target(location);
    String file = folder ? location + "/" + format.fileName() : location;
    if (!folder || !format.isFolder()) {
      requireFree(file, place);
    }
    place.requireWritable(flag(), file);
  }

  private String flag() {
    return folder ? "--output_dir" : "--output_file";
  }

  private void requireFree(String file, TargetFiles place) throws IOException {
    if (!place.exists(file)) {
      return;
    }
    if (place.isFolder(file)) {
      throw InvalidInputException.configuration(
          "Invalid --output_file: "
              + Location.shown(file)
              + " is a folder; give --output_dir to write into it");
    }
    if (!overwrite) {
      throw InvalidInputException.configuration(
          "Invalid "
              + flag()
              + ": "
              + Location.shown(file)
              + " is there already; add --overwrite to replace it");
    }
    if (place.isOfRun(file)) {
      throw InvalidInputException.configuration(
          "Invalid "
              + flag()
              + ": "
              + Location.shown(file)
              + " is the adapter of a run, whose pictures, model card and checkpoints stand beside"
              + " it and would tell of another one; give another place");
    }
  }
}
