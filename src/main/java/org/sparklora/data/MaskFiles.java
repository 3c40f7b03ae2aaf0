package org.sparklora.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sparklora.data.file.FoundFile;

/**
 * Masks that are files: a picture's mask has its name, whatever their endings are, as in kohya's
 * {@code conditioning_data_dir}.
 *
 * @param byStem files by their path without the ending
 */
record MaskFiles(Map<String, List<FoundFile>> byStem) {
  static final String FLAG = "--conditioning_data_dir";

  /** The pictures among the files of a folder. */
  static MaskFiles of(List<FoundFile> files) {
    Map<String, List<FoundFile>> byStem = new TreeMap<>();
    for (FoundFile file : files) {
      if (file.isPicture()) {
        byStem.computeIfAbsent(file.stem(), stem -> new ArrayList<>()).add(file);
      }
    }
    return new MaskFiles(byStem);
  }

  /** The mask of a picture, if there is exactly one. */
  Optional<FoundFile> of(FoundFile picture) {
    return Optional.of(all(picture)).filter(masks -> masks.size() == 1).map(masks -> masks.get(0));
  }

  /** What is wrong with the masks of pictures. */
  List<String> problems(List<FoundFile> pictures) {
    List<String> problems =
        pictures.stream().flatMap(picture -> problem(picture).stream()).toList();
    return FirstProblems.of(problems, "pictures without a mask");
  }

  private Optional<String> problem(FoundFile picture) {
    List<FoundFile> masks = all(picture);
    if (masks.isEmpty()) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "Missing mask: %s has none in %s; add a picture of that name and size, white where it"
                  + " is learned",
              picture.path(),
              FLAG));
    }
    return masks.size() == 1
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "Invalid mask: %s has %d, %s and %s; leave one",
                picture.path(),
                masks.size(),
                masks.get(0).path(),
                masks.get(1).path()));
  }

  private List<FoundFile> all(FoundFile picture) {
    return byStem.getOrDefault(picture.stem(), List.of());
  }
}
