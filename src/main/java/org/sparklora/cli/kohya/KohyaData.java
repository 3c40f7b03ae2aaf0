package org.sparklora.cli.kohya;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Their folders of pictures and what is said of them. */
final class KohyaData {
  /** {@code 10_ohwx dog}: how often an epoch sees the folder's pictures, and their words. */
  private static final Pattern REPEATED = Pattern.compile("(\\d+)_(.*)");

  private static final String FOLDER = "image_dir";
  private final KohyaSettings settings;
  private final List<KohyaSubset> training;
  private final List<KohyaSubset> regularisation;

  private KohyaData(KohyaSettings settings, List<KohyaSubset> subsets) {
    this.settings = settings;
    this.training = subsets.stream().filter(subset -> !subset.isRegularisation()).toList();
    this.regularisation = subsets.stream().filter(KohyaSubset::isRegularisation).toList();
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

  /** How often an epoch there sees a picture. */
  long repeats() {
    return training.get(0).repeats();
  }

  /** All settings: those of the first folder where folders differ. */
  KohyaSettings allSettings() {
    return training.get(0).settings();
  }

  void carryOver(CarriedOver result) {
    KohyaSubset first = training.get(0);
    folders(result);
    sizes(first.settings(), result);
    captions(first, result);
    result.put(
        "train_batch_size",
        first.settings().text("batch_size", settings.text("train_batch_size", "1")));
    if (!first.settings().isOn("random_crop")) {
      result.put("center_crop", "true");
    }
    if (!regularisation.isEmpty()) {
      prior(result);
    }
  }

  private void folders(CarriedOver result) {
    KohyaSubset first = training.get(0);
    String folder =
        first.folder().orElseThrow(() -> KohyaFiles.invalid("a subset has no image_dir"));
    result.put("dataset_name", folder);
    result.put("dataset_split", "all");
    if (first.repeats() != 1) {
      result.changed(
          "num_repeats",
          String.valueOf(first.repeats()),
          settings.has("max_train_epochs")
              ? "an epoch sees a picture once; num_train_epochs is so many times longer"
              : "an epoch sees a picture once; the number of steps is the same");
    }
    for (KohyaSubset other : training.subList(1, training.size())) {
      result.missing(
          FOLDER,
          other.folder().orElse(""),
          "a run reads one folder, with the folders in it: bring the pictures together under "
              + folder);
      differences(first, other, result);
    }
  }

  private static void differences(KohyaSubset first, KohyaSubset other, CarriedOver result) {
    for (String name : new TreeSet<>(other.settings().names())) {
      List<String> value = other.settings().all(name);
      if (!name.equals(FOLDER) && !value.equals(first.settings().all(name))) {
        result.missing(
            name,
            String.join(" ", value),
            "of " + other.folder().orElse("") + "; all folders get the settings of the first one");
      }
    }
  }

  private static void sizes(KohyaSettings all, CarriedOver result) {
    List<String> given = new ArrayList<>(all.all("resolution"));
    if (given.size() == 1) {
      given = List.of(given.get(0).split(",", -1));
    }
    if (given.isEmpty() || given.get(0).isBlank()) {
      result.put("resolution", "512");
    } else if (given.size() == 1 || given.get(0).strip().equals(given.get(1).strip())) {
      result.put("resolution", given.get(0).strip());
    } else {
      double area = Double.parseDouble(given.get(0)) * Double.parseDouble(given.get(1));
      long side = Math.round(Math.sqrt(area) / 8) * 8;
      result.put("resolution", String.valueOf(side));
      result.missing(
          "resolution",
          String.join(",", given),
          "resolution is the side of a square; that of the same area is set. With enable_bucket"
              + " pictures keep their shapes");
    }
    if (all.isOn("enable_bucket")) {
      for (String name : List.of("min_bucket_reso", "max_bucket_reso", "bucket_reso_steps")) {
        all.text(name).ifPresent(value -> result.put(name, value));
      }
    }
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

  private static void captions(KohyaSubset subset, CarriedOver result) {
    KohyaSettings all = subset.settings();
    String extension = all.text("caption_extension", all.text("caption_extention", ".caption"));
    result.put("caption_extension", extension);
    all.text("class_tokens")
        .ifPresent(
            words -> {
              if (hasCaptions(subset, extension)) {
                result.changed("class_tokens", words, "the pictures have captions, which are used");
              } else {
                result.put("instance_prompt", words);
                result.changed(
                    "class_tokens",
                    words,
                    "instance_prompt is every picture's caption: take it out if there are files *"
                        + extension);
              }
            });
    boolean moves =
        all.isOn("shuffle_caption") || all.number("caption_tag_dropout_rate").orElse(0.0) > 0;
    for (String name : List.of("keep_tokens", "keep_tokens_separator")) {
      all.text(name)
          .filter(value -> moves && !value.equals("0"))
          .ifPresent(v -> result.put(name, v));
    }
    all.number("max_token_length")
        .filter(length -> length > 75)
        .ifPresent(
            length ->
                result.missing(
                    "max_token_length",
                    all.text("max_token_length", ""),
                    "captions have 75 tokens"));
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

  private void prior(CarriedOver result) {
    KohyaSubset first = regularisation.get(0);
    result.useCommand("dreambooth");
    result.put("with_prior_preservation", "true");
    result.put("class_data_dir", first.folder().orElse(""));
    first.settings().text("class_tokens").ifPresent(words -> result.put("class_prompt", words));
    settings.text("prior_loss_weight").ifPresent(weight -> result.put("prior_loss_weight", weight));
    result.changed(
        "is_reg",
        first.folder().orElse(""),
        "every step takes as many class images as others; num_class_images of them are used, and"
            + " those that are not there are drawn");
    for (KohyaSubset other : regularisation.subList(1, regularisation.size())) {
      result.missing(FOLDER, other.folder().orElse(""), "a run reads one folder of class images");
    }
  }
}
