package org.sparklora.cli.kohya;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Their prompts for pictures during training: a file of lines, each a prompt with flags after it.
 */
final class KohyaPrompts {
  private static final String NAME = "sample_prompts";

  private KohyaPrompts() {}

  static void carryOver(KohyaSettings settings, CarriedOver result) {
    settings
        .text(NAME)
        .ifPresent(
            name -> {
              Path file = Path.of(name);
              if (!name.endsWith(".txt") || !Files.isRegularFile(file)) {
                result.missing(NAME, name, "it is no .txt file here: write validation_prompt");
                return;
              }
              List<String> lines =
                  KohyaFiles.text(file)
                      .lines()
                      .map(String::strip)
                      .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                      .toList();
              result.put(
                  "validation_prompt",
                  lines.stream().map(line -> line.split(" --", 2)[0].strip()).toList());
              result.put("num_validation_images", "1");
              if (lines.stream().anyMatch(line -> line.contains(" --"))) {
                result.changed(
                    NAME,
                    name,
                    "the flags after the prompts are not read: num_inference_steps and"
                        + " guidance_scale hold for all prompts");
              }
            });
  }
}
