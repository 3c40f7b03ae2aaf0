package org.sparklora.cli.kohya;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Their prompts for pictures during training: a file of lines, each a prompt with flags after it,
 * such as {@code a cat --s 28 --l 7.5}. The file is read here, too.
 */
final class KohyaPrompts {
  private static final String NAME = "sample_prompts";

  /** Flags of a line that training refuses here, and samplers, with what to do. */
  private static final Map<String, String> OTHERS =
      new TreeMap<>(
          Map.of(
              "cn", "no picture controls the drawing: take the flag out of the file",
              "ss\\s+(dpmsingle|dpmsolver|(k_)?dpm_2(_a)?)",
                  "there is no such sampler here: take the flag out of the file"));

  private KohyaPrompts() {}

  static void carryOver(KohyaSettings settings, CarriedOver result) {
    settings
        .text(NAME)
        .ifPresent(
            name -> {
              if (!name.endsWith(".txt")) {
                result.missing(NAME, name, "write its prompts as lines of a .txt file");
                return;
              }
              result.put(NAME, name);
              result.put("num_validation_images", "1");
              result.put("num_inference_steps", "30");
              if (Files.isRegularFile(Path.of(name))) {
                refused(KohyaFiles.text(Path.of(name)).lines().toList(), result);
              }
            });
  }

  private static void refused(List<String> lines, CarriedOver result) {
    OTHERS.forEach(
        (flag, why) ->
            lines.stream()
                .filter(line -> !line.startsWith("#"))
                .filter(line -> (line + " ").matches("(?i).* --" + flag + "\\s.*"))
                .forEach(line -> result.missing(NAME, line, why)));
  }
}
