package org.sparklora.lora.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.sparklora.InvalidInputException;
import org.sparklora.model.FolderSource;
import org.sparklora.model.TensorFile;
import org.sparklora.model.TensorFiles;

/** Finds the adapter in a folder, and its format in what the file holds. */
final class AdapterFolder {
  /** What diffusers looks for in a folder. */
  private static final List<String> USUAL =
      List.of("pytorch_lora_weights.safetensors", "pytorch_lora_weights.bin");

  private AdapterFolder() {}

  static AdapterFile read(FolderSource folder, String location) {
    List<String> names = folder.list("");
    List<String> candidates = USUAL.stream().filter(names::contains).limit(1).toList();
    if (candidates.isEmpty()) {
      candidates =
          names.stream().filter(name -> name.matches(".*\\.(safetensors|bin|pt)")).toList();
    }
    if (candidates.size() != 1) {
      throw InvalidInputException.data(
          "Missing adapter in folder "
              + location
              + ": it has "
              + (candidates.isEmpty() ? "no adapter file" : String.join(", ", candidates))
              + "; name the file");
    }
    return readFile(folder, candidates.get(0), location + "/" + candidates.get(0));
  }

  static AdapterFile readFile(FolderSource folder, String file, String location) {
    if (!folder.list("").contains(file)) {
      throw InvalidInputException.data("Missing adapter file: " + location);
    }
    Path local = folder.local(file);
    try (TensorFile tensors = TensorFiles.open(local, location)) {
      AdapterFormat format = Recognition.of(tensors);
      return new AdapterFile(
          format, format.naming().read(tensors), withoutEnding(file), Files.size(local));
    } catch (IOException e) {
      throw InvalidInputException.data("Cannot read " + location + ": " + e.getMessage(), e);
    }
  }

  private static String withoutEnding(String file) {
    return file.replaceFirst("\\.[^.]+$", "");
  }
}
