package org.sparklora.cli.kohya;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Their prompts for pictures during training: a file of lines, each a prompt with flags after it,
 * such as {@code a cat --s 28 --l 7.5}. What all lines say alike carries over.
 */
final class KohyaPrompts {
  private static final String NAME = "sample_prompts";

  /** Their flags, and those here. */
  private static final Map<String, String> FLAGS =
      new TreeMap<>(Map.of("s", "num_inference_steps", "l", "guidance_scale"));

  /** Flags without an equal while training. */
  private static final Map<String, String> OTHERS =
      new TreeMap<>(
          Map.of(
              "n", "pictures have no negative prompt; generate --negative_prompt draws with one",
              "w", "pictures have the size of --resolution",
              "h", "pictures have the size of --resolution",
              "d", "picture k of a prompt has the seed of the run + k"));

  /** A line: the prompt, and its flags by letter. */
  private record Line(String prompt, Map<String, String> flags) {
    static Line of(String text) {
      String[] parts = text.split(" --", -1);
      Map<String, String> flags = new LinkedHashMap<>();
      for (String part : List.of(parts).subList(1, parts.length)) {
        String[] words = part.strip().split("\\s+", 2);
        flags.put(words[0], words.length == 2 ? words[1] : "");
      }
      return new Line(parts[0].strip(), flags);
    }
  }

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
              List<Line> lines =
                  KohyaFiles.text(file)
                      .lines()
                      .map(String::strip)
                      .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                      .map(Line::of)
                      .toList();
              result.put("validation_prompt", lines.stream().map(Line::prompt).toList());
              result.put("num_validation_images", "1");
              flags(lines, result);
            });
  }

  private static void flags(List<Line> lines, CarriedOver result) {
    FLAGS.forEach(
        (letter, flag) -> {
          List<Optional<String>> values =
              lines.stream()
                  .map(line -> Optional.ofNullable(line.flags().get(letter)))
                  .distinct()
                  .toList();
          List<String> given = values.stream().flatMap(Optional::stream).toList();
          if (!given.isEmpty()) {
            result.put(flag, given.get(0));
          }
          if (values.size() > 1 && !given.isEmpty()) {
            result.changed(
                NAME + " --" + letter,
                String.join(", ", given),
                flag + " holds for all prompts; that of the first is set");
          }
        });
    OTHERS.forEach(
        (letter, why) -> {
          List<String> given = new ArrayList<>();
          lines.forEach(
              line -> Optional.ofNullable(line.flags().get(letter)).ifPresent(given::add));
          if (!given.isEmpty()) {
            result.changed(NAME + " --" + letter, String.join(", ", given), why);
          }
        });
  }
}
