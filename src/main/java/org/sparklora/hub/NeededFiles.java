package org.sparklora.hub;

import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Selects the files of a repository that may be read. Repositories of models hold the same weights
 * several times: for other frameworks, in one file beside the components, and as pickles.
 */
final class NeededFiles {
  private static final Pattern OTHER_FRAMEWORKS =
      Pattern.compile(".*\\.(ckpt|msgpack|h5|onnx|onnx_data|pb|tflite|ot|xml|gguf|mlmodel)");
  private static final Pattern PICKLE = Pattern.compile("(?<folder>.*/)(?<name>[^/]*)\\.bin");
  private static final Pattern WHOLE_MODEL = Pattern.compile("[^/]+\\.(safetensors|bin|pt)");
  private static final String PIPELINE = "model_index.json";

  private NeededFiles() {}

  static List<HubFile> of(List<HubFile> all) {
    Set<String> names = all.stream().map(HubFile::path).collect(Collectors.toSet());
    return all.stream().filter(file -> isNeeded(file.path(), names)).toList();
  }

  private static boolean isNeeded(String path, Set<String> all) {
    boolean beside = all.contains(PIPELINE) && WHOLE_MODEL.matcher(path).matches();
    return !beside && !OTHER_FRAMEWORKS.matcher(path).matches() && !hasBetter(path, all);
  }

  /** Whether the same weights are in the pickle's folder as safetensors. */
  private static boolean hasBetter(String path, Set<String> all) {
    Matcher pickle = PICKLE.matcher(path);
    if (!pickle.matches()) {
      return false;
    }
    String name = pickle.group("name").replaceFirst("^pytorch_model", "model");
    return all.contains(pickle.group("folder") + name + ".safetensors");
  }
}
