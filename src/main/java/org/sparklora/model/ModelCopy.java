package org.sparklora.model;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.folder.StagedOutput;

/**
 * A copy of a base model with some changed weights and files. Components without changes are copied
 * byte by byte. A changed component keeps the names, shards and types of the weight files that the
 * base is read from. Its other weight files, such as those of another variant, lack the changes and
 * are left out.
 *
 * @param changes by component, then by the name a tensor has in the file
 * @param files contents that replace files or are added, by relative name
 * @param metadata added to that of each changed weight file
 */
public record ModelCopy(
    ModelFolder base,
    Map<String, Map<String, WeightChange>> changes,
    Map<String, byte[]> files,
    Map<String, String> metadata) {
  private static final String INDEX = "model_index.json";
  private static final Pattern WEIGHTS =
      Pattern.compile(".*\\.(safetensors|bin|ckpt|pt|pth|msgpack|h5|onnx|index(\\.\\w+)?\\.json)");

  /** A copy without any change. */
  public static ModelCopy of(ModelFolder base) {
    return new ModelCopy(base, Map.of(), Map.of(), Map.of());
  }

  /**
   * Writes the copy, {@code model_index.json} last.
   *
   * @param out the folder; the caller commits it
   * @param onFile gets each file's name when it is written
   */
  public void writeTo(StagedOutput out, Consumer<String> onFile) throws IOException {
    List<String> unchanged = unchanged("");
    if (unchanged.remove(INDEX)) {
      unchanged.add(INDEX);
    }
    for (Map.Entry<String, Map<String, WeightChange>> component : changes.entrySet()) {
      new ChangedComponent(base, component.getKey(), component.getValue(), metadata)
          .writeTo(out, onFile);
    }
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      try (OutputStream stream = out.file(file.getKey())) {
        stream.write(file.getValue());
      }
      onFile.accept(file.getKey());
    }
    for (String relative : unchanged) {
      try (OutputStream stream = out.file(relative)) {
        Files.copy(base.file(relative), stream);
      }
      onFile.accept(relative);
    }
  }

  /** Every file of a folder and its subfolders that is neither replaced nor another weight file. */
  private List<String> unchanged(String folder) {
    List<String> unchanged = new ArrayList<>();
    for (String name : base.list(folder)) {
      String relative = folder + name;
      boolean replaced = files.containsKey(relative) || isOtherWeights(folder, name);
      if (name.endsWith("/") && !name.startsWith(".")) {
        unchanged.addAll(unchanged(relative));
      } else if (!name.startsWith(".") && !replaced) {
        unchanged.add(relative);
      }
    }
    return unchanged;
  }

  /**
   * Whether a file holds weights without the changes: another weight file of a changed component,
   * or the whole model in one file.
   */
  private boolean isOtherWeights(String folder, String name) {
    boolean changed = folder.isEmpty() || changes.containsKey(folder.replaceFirst("/.*", ""));
    return changed && WEIGHTS.matcher(name).matches();
  }
}
