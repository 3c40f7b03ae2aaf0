package org.sparklora.cli.training;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.dataset.CanvasOptions;
import org.sparklora.pipeline.request.ValidationPrompt;
import org.sparklora.store.RegularFile;

/**
 * A file of prompts in the form of kohya's {@code --sample_prompts}: a prompt a line, with flags
 * after it, such as {@code a cat --n blurry --w 512 --h 768 --d 1 --s 28 --l 7.5}.
 */
final class PromptFile {
  static final String FLAG = "--sample_prompts";

  private static final String KNOWN =
      "flags are --n, --w, --h, --d, --s, --l and --ss, each with a value";
  private static final int LEAST_SIDE = 64;

  /** Flags for other families of models. */
  private static final List<String> WITHOUT_EFFECT = List.of("g", "fs", "ctr", "rcfg");

  /** Their samplers, and the classes here. */
  private static final Map<String, String> SAMPLERS =
      new LinkedHashMap<>(
          Map.of(
              "ddim", "DDIMScheduler",
              "pndm", "PNDMScheduler",
              "lms", "LMSDiscreteScheduler",
              "euler", "EulerDiscreteScheduler",
              "euler_a", "EulerAncestralDiscreteScheduler",
              "heun", "HeunDiscreteScheduler",
              "dpmsolver++", "DPMSolverMultistepScheduler"));

  private final Problems problems;
  private final Path file;

  PromptFile(Problems problems, Path file) {
    this.problems = problems;
    this.file = file;
  }

  /** The prompts. What is wrong with the file is a problem. */
  List<ValidationPrompt> prompts() {
    String text;
    try {
      byte[] bytes = RegularFile.read(file, RegularFile.CONFIGURATION_BYTES);
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (NoSuchFileException e) {
      problems.require(false, FLAG, file, "there is no such file");
      return List.of();
    } catch (IOException e) {
      problems.require(false, FLAG, file, "it cannot be read as UTF-8 text: " + e.getMessage());
      return List.of();
    }
    List<String> lines = text.lines().map(String::strip).toList();
    List<ValidationPrompt> prompts = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).replace("\uFEFF", "");
      if (!line.isEmpty() && !line.startsWith("#")) {
        prompts.add(new Line(i + 1, line).prompt());
      }
    }
    problems.require(!prompts.isEmpty(), FLAG, file, "it has no prompt");
    return prompts;
  }

  /** A line of the file. */
  private final class Line {
    private final int number;
    private final String text;
    private final Map<String, String> flags = new LinkedHashMap<>();

    Line(int number, String text) {
      this.number = number;
      this.text = text;
    }

    ValidationPrompt prompt() {
      String[] parts = text.split(" --", -1);
      for (String part : List.of(parts).subList(1, parts.length)) {
        String[] words = part.strip().split("\\s+", 2);
        require(words.length == 2, "--" + part.strip(), KNOWN);
        flags.put(words[0].toLowerCase(Locale.ROOT), words.length == 2 ? words[1].strip() : "");
      }
      String prompt = parts[0].strip();
      require(!prompt.isEmpty() && !prompt.startsWith("--"), text, "the prompt comes first");
      flags.keySet().removeAll(WITHOUT_EFFECT);
      ValidationPrompt read =
          new ValidationPrompt(
              prompt,
              text,
              taken("n").orElse(""),
              side("h"),
              side("w"),
              seed(),
              steps(),
              scale(),
              scheduler());
      flags.forEach((name, value) -> require(false, "--" + name + " " + value, KNOWN));
      return read;
    }

    private Optional<String> taken(String flag) {
      return Optional.ofNullable(flags.remove(flag)).filter(value -> !value.isEmpty());
    }

    /** A side is brought to the next smaller multiple of 8, and to at least 64. */
    private OptionalInt side(String flag) {
      OptionalLong given = whole(flag, CanvasOptions.MOST_PIXELS);
      return given.isEmpty()
          ? OptionalInt.empty()
          : OptionalInt.of(
              Math.max(
                  LEAST_SIDE,
                  (int) given.getAsLong()
                      / CanvasOptions.LATENT_PIXELS
                      * CanvasOptions.LATENT_PIXELS));
    }

    private OptionalLong seed() {
      return whole("d", Long.MAX_VALUE);
    }

    private OptionalInt steps() {
      OptionalLong steps = whole("s", ValidationOptions.MOST_STEPS);
      return steps.isEmpty()
          ? OptionalInt.empty()
          : OptionalInt.of(Math.max(1, (int) steps.getAsLong()));
    }

    private OptionalLong whole(String flag, long most) {
      Optional<String> value = taken(flag);
      try {
        OptionalLong number =
            value.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(value.get()));
        if (number.isEmpty() || (number.getAsLong() >= 0 && number.getAsLong() <= most)) {
          return number;
        }
      } catch (NumberFormatException e) {
        // it is said below
      }
      require(
          false, "--" + flag + " " + value.get(), "it must be a whole number from 0 to " + most);
      return OptionalLong.empty();
    }

    private OptionalDouble scale() {
      Optional<String> value = taken("l");
      try {
        OptionalDouble scale =
            value.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(Double.parseDouble(value.get()));
        if (scale.isEmpty()
            || (scale.getAsDouble() >= 0 && scale.getAsDouble() <= ValidationOptions.MOST_SCALE)) {
          return scale;
        }
      } catch (NumberFormatException e) {
        // it is said below
      }
      require(
          false,
          "--l " + value.get(),
          "it must be a number from 0 to " + (int) ValidationOptions.MOST_SCALE);
      return OptionalDouble.empty();
    }

    private Optional<String> scheduler() {
      Optional<String> name = taken("ss");
      Optional<String> found = name.map(given -> SAMPLERS.get(given.replaceFirst("^k_", "")));
      require(
          name.isPresent() == found.isPresent(),
          "--ss " + name.orElse(""),
          "samplers are " + SAMPLERS.keySet().stream().sorted().collect(Collectors.joining(", ")));
      return found;
    }

    private void require(boolean holds, String what, String rule) {
      problems.require(holds, FLAG, file + ":" + number + ": " + what, rule);
    }
  }
}
