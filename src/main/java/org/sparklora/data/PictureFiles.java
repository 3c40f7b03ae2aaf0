package org.sparklora.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.file.FolderFiles;
import org.sparklora.data.file.FoundFile;
import org.sparklora.data.file.PassedOver;
import org.sparklora.data.file.SplitFiles;
import org.sparklora.data.row.Picture;
import org.sparklora.data.row.PictureDataset;
import org.sparklora.util.Count;
import org.sparklora.util.InvalidInputException;

/** Makes a data set of picture files: finds their captions, and reports which are missing. */
final class PictureFiles {
  private static final Logger LOG = LoggerFactory.getLogger(PictureFiles.class);

  private final DataConfig config;
  private final Optional<MaskFiles> masks;
  private final Configuration configuration;

  PictureFiles(DataConfig config, Optional<MaskFiles> masks, Configuration configuration) {
    this.config = config;
    this.masks = masks;
    this.configuration = configuration;
  }

  /**
   * A data set.
   *
   * @param folder with all its files
   * @param split the pictures to read
   * @throws InvalidInputException naming every problem; with {@code --on_bad_image skip} a missing
   *     caption is not a problem
   */
  PictureDataset open(String location, FolderFiles folder, SplitFiles split) {
    List<PassedOver> hidden =
        folder.passedOver().stream().filter(one -> one.file().isPicture()).toList();
    Map<String, List<String>> captions =
        config.prompt().isPresent()
            ? Map.of()
            : captions(location, told(folder.files(), split.files(), hidden), split.files());
    // A picture that metadata names belongs to the data set, whatever its name is.
    List<PassedOver> named =
        hidden.stream().filter(one -> captions.containsKey(one.file().name())).toList();
    List<FoundFile> pictures =
        Stream.concat(split.files().stream(), named.stream().map(PassedOver::file))
            .sorted(Comparator.comparing(FoundFile::path))
            .toList();
    List<String> unmasked = masks.map(known -> known.problems(pictures)).orElse(List.of());
    if (!unmasked.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.DATA, unmasked);
    }
    List<String> otherwise = config.prompt().stream().toList();
    List<Found> found =
        ParallelReads.map(
            pictures,
            picture -> found(picture, captions.getOrDefault(picture.name(), otherwise)),
            location);
    List<String> unreadable = found.stream().flatMap(f -> f.problems().stream()).toList();
    if (!unreadable.isEmpty()) {
      throw new InvalidInputException(
          InvalidInputException.Kind.DATA, FirstProblems.of(unreadable, "files cannot be read"));
    }
    List<PassedOver> passedOver =
        folder.passedOver().stream().filter(one -> !named.contains(one)).toList();
    return new PictureDataset(
        location,
        found.stream().map(Found::picture).toList(),
        split.with(PassedOver.remarks(location, passedOver)).remarks());
  }

  /**
   * All files except those of folders whose pictures are all left out, because faults in the
   * captions of another split do not matter.
   *
   * @param hidden pictures that are read only if metadata names them
   */
  private static List<FoundFile> told(
      List<FoundFile> files, List<FoundFile> pictures, List<PassedOver> hidden) {
    Set<String> read = folders(pictures);
    Set<String> all = folders(files.stream().filter(FoundFile::isPicture).toList());
    return Stream.concat(
            files.stream()
                .filter(
                    file ->
                        file.isPicture()
                            || read.contains(file.folder())
                            || !all.contains(file.folder())),
            hidden.stream().map(PassedOver::file))
        .toList();
  }

  /** The folders that files are in, and all folders above them. */
  private static Set<String> folders(List<FoundFile> files) {
    Set<String> folders = new HashSet<>();
    for (FoundFile file : files) {
      String folder = file.folder();
      while (folders.add(folder) && !folder.isEmpty()) {
        folder = folder.substring(0, Math.max(folder.lastIndexOf('/'), 0));
      }
    }
    return folders;
  }

  private Map<String, List<String>> captions(
      String location, List<FoundFile> files, List<FoundFile> pictures) {
    PictureCaptions found = PictureCaptions.find(config, location, files, pictures, configuration);
    List<String> problems =
        new ArrayList<>(FirstProblems.of(found.unreadable(), "problems like these"));
    if (problems.isEmpty() && found.byPicture().isEmpty()) {
      problems.add(none(location, pictures.size(), found.blank()));
    } else if (problems.isEmpty()) {
      List<String> missing =
          pictures.stream()
              .filter(picture -> !found.byPicture().containsKey(picture.name()))
              .map(picture -> missing(picture, found.blank()))
              .toList();
      List<String> incomplete =
          Stream.concat(
                  FirstProblems.of(found.nowhere(), "pictures that are not there").stream(),
                  FirstProblems.of(
                      missing, "pictures without a caption, each needs " + found.expected())
                      .stream())
              .toList();
      if (config.onBadImage() == BadImages.FAIL) {
        problems.addAll(incomplete);
      } else {
        incomplete.forEach(problem -> LOG.warn("{}", problem));
      }
    }
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.DATA, problems);
    }
    return found.byPicture();
  }

  private String none(String location, int pictures, Map<String, String> blank) {
    String cure =
        String.format(
            Locale.ROOT,
            "add a metadata.jsonl with file_name and %s, or a .txt file beside each picture, or"
                + " give --instance_prompt",
            config.captionColumn());
    return blank.isEmpty()
        ? String.format(
            Locale.ROOT,
            "Missing captions: %s has %s and no captions; %s",
            location,
            Count.of(pictures, "picture"),
            cure)
        : String.format(
            Locale.ROOT,
            "Missing captions: %s has %s and %s, and all of these are blank, the" + " first %s; %s",
            location,
            Count.of(pictures, "picture"),
            Count.of(blank.size(), "caption"),
            blank.values().stream().min(Comparator.naturalOrder()).orElseThrow(),
            cure);
  }

  private String missing(FoundFile picture, Map<String, String> blank) {
    String cure = config.onBadImage().cure("write one");
    return blank.containsKey(picture.name())
        ? String.format(
            Locale.ROOT,
            "Missing caption: %s has a blank one %s; %s",
            picture.path(),
            blank.get(picture.name()),
            cure)
        : String.format(Locale.ROOT, "Missing caption: %s has none; %s", picture.path(), cure);
  }

  /** A picture, or the problem because of which it cannot be used. */
  private record Found(List<Picture> pictures, List<String> problems) {
    Picture picture() {
      return pictures.get(0);
    }
  }

  private Found found(FoundFile file, List<String> captions) {
    try {
      Optional<FoundFile> mask = masks.flatMap(known -> known.of(file));
      return new Found(List.of(Picture.of(file, captions, mask, configuration)), List.of());
    } catch (IOException e) {
      return new Found(
          List.of(),
          List.of(
              String.format(
                  Locale.ROOT, "Cannot read picture: %s: %s", file.path(), e.getMessage())));
    }
  }
}
