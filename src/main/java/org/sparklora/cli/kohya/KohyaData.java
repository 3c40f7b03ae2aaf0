package org.sparklora.cli.kohya;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Their folders of pictures and what is said of them. */
final class KohyaData {
  /** {@code 10_ohwx dog}: how often an epoch sees the folder's pictures, and their words. */
  private static final Pattern REPEATED = Pattern.compile("(\\d+)_(.*)");

  private static final String FOLDER = "image_dir";
  private static final String NAME = "dataset_name";
  private static final String MASKS = "conditioning_data_dir";
  private static final String RESOLUTION = "resolution";
  private static final String PROMPT = "instance_prompt";

  /** Switches that each data set may have as it likes, and their names here. */
  private static final Map<String, String> SWITCHES =
      Map.of("flip_aug", "random_flip", "alpha_mask", "alpha_mask");

  /** What each data set may have as it likes. */
  private static final Set<String> OF_A_SET =
      Set.of(
          FOLDER,
          "num_repeats",
          "class_tokens",
          "is_reg",
          "caption_extension",
          "caption_extention",
          "random_crop",
          "flip_aug",
          "alpha_mask",
          MASKS,
          RESOLUTION,
          "enable_bucket",
          "bucket_no_upscale",
          "min_bucket_reso",
          "max_bucket_reso",
          "bucket_reso_steps");

  private final KohyaSettings settings;
  private final List<KohyaSubset> subsets;
  private final List<KohyaSubset> training;

  private KohyaData(KohyaSettings settings, List<KohyaSubset> subsets) {
    this.settings = settings;
    this.subsets = subsets;
    this.training = subsets.stream().filter(subset -> !subset.isRegularisation()).toList();
    if (training.isEmpty()) {
      throw KohyaFiles.invalid("it names no folder of pictures to train on");
    }
  }

  static KohyaData of(KohyaSettings settings, List<KohyaSubset> subsets) {
    if (!subsets.isEmpty()) {
      return new KohyaData(
          settings,
          subsets.stream()
              .map(
                  subset ->
                      new KohyaSubset(subset.dataset(), settings.overriddenBy(subset.settings())))
              .toList());
    }
    List<KohyaSubset> named = new ArrayList<>();
    settings
        .text("train_data_dir")
        .ifPresent(folder -> named.addAll(folders(settings, folder, false)));
    settings
        .text("reg_data_dir")
        .ifPresent(folder -> named.addAll(folders(settings, folder, true)));
    return new KohyaData(settings, named);
  }

  /**
   * The folders in a folder, whose names begin with a number; the folder itself where none does.
   */
  private static List<KohyaSubset> folders(KohyaSettings settings, String parent, boolean isReg) {
    List<KohyaSubset> found = new ArrayList<>();
    for (String name : foldersIn(Path.of(parent))) {
      Matcher repeated = REPEATED.matcher(name);
      if (repeated.matches()) {
        Map<String, List<String>> own = new LinkedHashMap<>();
        own.put(FOLDER, List.of(parent + "/" + name));
        own.put("num_repeats", List.of(repeated.group(1)));
        own.put("class_tokens", List.of(repeated.group(2)));
        own.put("is_reg", List.of(String.valueOf(isReg)));
        found.add(new KohyaSubset(0, settings.overriddenBy(new KohyaSettings(own))));
      }
    }
    if (found.isEmpty()) {
      Map<String, List<String>> own = new LinkedHashMap<>();
      own.put(FOLDER, List.of(parent));
      own.put("is_reg", List.of(String.valueOf(isReg)));
      found.add(new KohyaSubset(0, settings.overriddenBy(new KohyaSettings(own))));
    }
    return found;
  }

  private static List<String> foldersIn(Path parent) {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(parent)) {
      return entries
          .filter(Files::isDirectory)
          .map(entry -> entry.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw KohyaFiles.invalid(parent + " cannot be listed: " + e.getMessage());
    }
  }

  /** All settings: those of the first folder where folders differ. */
  KohyaSettings allSettings() {
    return training.get(0).settings();
  }

  void carryOver(CarriedOver result) {
    KohyaSubset first = training.get(0);
    folders(result);
    rectangles(result);
    result.put("dataset_split", "all");
    sizes(first.settings(), result);
    captions(first.settings(), result);
    result.put(
        "train_batch_size",
        first.settings().text("batch_size", settings.text("train_batch_size", "1")));
    if (!first.settings().isOn("random_crop")) {
      result.put("center_crop", "true");
    }
    boolean masksAreFiles = training.stream().anyMatch(subset -> subset.settings().has(MASKS));
    if (first.settings().isOn("masked_loss") && !masksAreFiles) {
      result.put("alpha_mask", "true");
    }
    if (training.size() < subsets.size()) {
      regularisation(result);
    }
  }

  private void folders(CarriedOver result) {
    KohyaSubset first = training.get(0);
    if (subsets.size() == 1 && first.repeats() == 1) {
      result.put(NAME, folder(first));
      prompt(first, result).ifPresent(words -> result.put(PROMPT, words));
      first.settings().text(MASKS).ifPresent(masks -> result.put(MASKS, masks));
      return;
    }
    List<Map<String, String>> sets = new ArrayList<>();
    for (KohyaSubset subset : subsets) {
      sets.add(set(first, subset, result));
      differences(first, subset, result);
    }
    result.put("data_sets", sets);
  }

  /** Says once of each resolution that is no square what became of it. */
  private void rectangles(CarriedOver result) {
    subsets.stream()
        .flatMap(subset -> new KohyaSizes(subset.settings()).rectangle().stream())
        .distinct()
        .forEach(
            sides ->
                result.missing(
                    RESOLUTION,
                    sides,
                    "resolution is the side of a square; that of the same area is set. With"
                        + " enable_bucket pictures keep their shapes"));
  }

  private static String folder(KohyaSubset subset) {
    return subset.folder().orElseThrow(() -> KohyaFiles.invalid("a subset has no image_dir"));
  }

  /** A data set beside others: what it does not say is as for all, which is as for the first. */
  private static Map<String, String> set(
      KohyaSubset first, KohyaSubset subset, CarriedOver result) {
    Map<String, String> set = new LinkedHashMap<>();
    set.put(NAME, folder(subset));
    set.put("num_repeats", String.valueOf(subset.repeats()));
    if (subset.isRegularisation()) {
      set.put("is_reg", "true");
    }
    prompt(subset, result).ifPresent(words -> set.put(PROMPT, words));
    subset.settings().text(MASKS).ifPresent(masks -> set.put(MASKS, masks));
    KohyaSettings common = first.settings();
    KohyaSettings own = subset.settings();
    if (!extension(own).equals(extension(common))) {
      set.put("caption_extension", extension(own));
    }
    if (own.isOn("random_crop") != common.isOn("random_crop")) {
      set.put("center_crop", String.valueOf(!own.isOn("random_crop")));
    }
    SWITCHES.forEach(
        (theirs, here) -> {
          if (own.isOn(theirs) != common.isOn(theirs)) {
            set.put(here, String.valueOf(own.isOn(theirs)));
          }
        });
    set.putAll(new KohyaSizes(own).differing(new KohyaSizes(common)));
    return set;
  }

  private static void differences(KohyaSubset first, KohyaSubset other, CarriedOver result) {
    for (String name : new TreeSet<>(other.settings().names())) {
      List<String> value = other.settings().all(name);
      if (!OF_A_SET.contains(name) && !value.equals(first.settings().all(name))) {
        result.missing(
            name,
            String.join(" ", value),
            "of " + other.folder().orElse("") + "; " + ofFirst(name));
      }
    }
  }

  private static String ofFirst(String name) {
    return name.equals("batch_size")
        ? "train_batch_size holds for all folders, and that of the first one is set"
        : "all folders get the settings of the first one";
  }

  private static void sizes(KohyaSettings all, CarriedOver result) {
    new KohyaSizes(all).given().forEach(result::put);
    all.text("resize_interpolation")
        .ifPresent(
            mode ->
                result.put(
                    "image_interpolation_mode",
                    switch (mode) {
                      case "area" -> "box";
                      case "linear" -> "bilinear";
                      case "cubic" -> "bicubic";
                      default -> mode;
                    }));
  }

  private static String extension(KohyaSettings all) {
    return all.text("caption_extension", all.text("caption_extention", ".caption"));
  }

  /** The words of a folder whose pictures have no captions. */
  private static Optional<String> prompt(KohyaSubset subset, CarriedOver result) {
    Optional<String> words = subset.settings().text("class_tokens");
    String extension = extension(subset.settings());
    if (words.isPresent() && hasCaptions(subset, extension)) {
      result.changed("class_tokens", words.get(), "the pictures have captions, which are used");
      return Optional.empty();
    }
    words.ifPresent(
        text ->
            result.changed(
                "class_tokens",
                text,
                "instance_prompt is every picture's caption: take it out if there are files *"
                    + extension));
    return words;
  }

  private static void captions(KohyaSettings all, CarriedOver result) {
    result.put("caption_extension", extension(all));
    boolean moves =
        all.isOn("shuffle_caption") || all.number("caption_tag_dropout_rate").orElse(0.0) > 0;
    for (String name : List.of("keep_tokens", "keep_tokens_separator")) {
      all.text(name)
          .filter(value -> moves && !value.equals("0"))
          .ifPresent(v -> result.put(name, v));
    }
    all.number("max_token_length")
        .filter(length -> length > 75)
        .ifPresent(length -> result.put("max_token_length", String.valueOf(length.longValue())));
  }

  /** Of a folder that is not here, whether somebody has said how its captions end. */
  private static boolean hasCaptions(KohyaSubset subset, String extension) {
    Path path = Path.of(subset.folder().orElse(""));
    if (!Files.isDirectory(path)) {
      return subset.settings().has("caption_extension");
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries.anyMatch(entry -> entry.toString().endsWith(extension));
    } catch (IOException e) {
      return false; // training will say what is wrong
    }
  }

  private void regularisation(CarriedOver result) {
    settings.text("prior_loss_weight").ifPresent(weight -> result.put("prior_loss_weight", weight));
    if (subsets.stream().mapToInt(KohyaSubset::dataset).distinct().count() > 1) {
      result.changed(
          "is_reg",
          "true",
          "as many of these pictures are used as of those of all [[datasets]] with the same"
              + " resolution and buckets, and not of their own one alone");
    }
  }
}
