package org.sparklora.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.MetadataFile.MetadataRow;
import org.sparklora.data.file.FoundFile;
import org.sparklora.data.file.PictureNames;

/**
 * The captions of a folder's pictures. They come from metadata files if there are any, otherwise
 * from text files beside the pictures.
 *
 * @param byPicture captions by the picture's path below the folder; pictures without captions are
 *     missing
 * @param blank place of a picture's blank caption, by the picture's path
 * @param unreadable problems of the files that hold captions
 * @param nowhere problems of metadata rows whose picture is not there
 * @param expected the file or row that a picture without caption should have, for messages
 */
record PictureCaptions(
    Map<String, List<String>> byPicture,
    Map<String, String> blank,
    List<String> unreadable,
    List<String> nowhere,
    String expected) {
  /** Endings of text files beside the pictures: kohya's two. */
  private static final List<String> EXTENSIONS = List.of(".txt", ".caption");

  /** Number of names that a message has as examples. */
  private static final int EXAMPLES = 3;

  private PictureCaptions(String expected) {
    this(new HashMap<>(), new HashMap<>(), new ArrayList<>(), new ArrayList<>(), expected);
  }

  /**
   * Finds captions.
   *
   * @param location of the data set, for messages
   * @param files of the folder, all of them
   * @param pictures among the files that are read
   */
  static PictureCaptions find(
      DataConfig config,
      String location,
      List<FoundFile> files,
      List<FoundFile> pictures,
      Configuration configuration) {
    List<FoundFile> metadata =
        files.stream()
            .filter(MetadataFile::isOne)
            .sorted(Comparator.comparingInt((FoundFile file) -> file.folder().length()))
            .toList();
    return metadata.isEmpty()
        ? besidePictures(config.captionExtension(), location, files, pictures, configuration)
        : inMetadata(config, metadata, files, configuration);
  }

  /**
   * Finds captions in metadata files. If two files name a picture, the file in the nearer folder
   * counts.
   */
  private static PictureCaptions inMetadata(
      DataConfig config,
      List<FoundFile> metadata,
      List<FoundFile> files,
      Configuration configuration) {
    PictureCaptions captions = new PictureCaptions("a row in a metadata file");
    PictureNames names =
        new PictureNames(files.stream().filter(FoundFile::isPicture).map(FoundFile::name).toList());
    Set<String> folders = new HashSet<>();
    for (FoundFile file : metadata) {
      if (folders.add(file.folder())) {
        captions.add(MetadataFile.read(file, config, configuration), file.folder(), names);
      } else {
        captions.unreadable.add(
            String.format(
                Locale.ROOT,
                "Invalid metadata: %s beside another metadata file; keep one of %s",
                file.path(),
                String.join(" and ", MetadataFile.NAMES)));
      }
    }
    return captions;
  }

  private void add(MetadataFile file, String folder, PictureNames names) {
    unreadable.addAll(file.problems());
    Set<String> told = new HashSet<>();
    List<MetadataRow> lost = new ArrayList<>();
    for (MetadataRow row : file.rows()) {
      Optional<String> picture = names.find(folder, row.name());
      if (!told.add(picture.orElse(row.name()))) {
        unreadable.add(
            String.format(
                Locale.ROOT,
                "Invalid metadata: %s of %s names %s again; give it one row, with a list of its"
                    + " captions",
                row.place(),
                file.path(),
                row.name()));
      } else if (picture.isEmpty()) {
        lost.add(row);
      } else {
        put(
            picture.get(),
            row.captions(),
            String.format(Locale.ROOT, "in %s of %s", row.place(), file.path()));
      }
    }
    if (!lost.isEmpty() && lost.size() == file.rows().size()) {
      unreadable.add(noneMatches(file, lost, names));
    } else {
      lost.forEach(row -> nowhere.add(lost(row, file, names)));
    }
  }

  private void put(String picture, List<String> captions, String where) {
    byPicture.remove(picture);
    blank.remove(picture);
    if (captions.isEmpty()) {
      blank.put(picture, where);
    } else {
      byPicture.put(picture, captions);
    }
  }

  private static String lost(MetadataRow row, MetadataFile file, PictureNames names) {
    return String.format(
        Locale.ROOT,
        "Missing picture: %s, named in %s of %s%s",
        row.name(),
        row.place(),
        file.path(),
        names
            .nearest(row.name())
            .map(near -> String.format(Locale.ROOT, "; the nearest there is %s", near))
            .orElse(""));
  }

  private static String noneMatches(MetadataFile file, List<MetadataRow> rows, PictureNames names) {
    List<String> written = rows.stream().map(MetadataRow::name).limit(EXAMPLES).toList();
    List<String> near = written.stream().flatMap(name -> names.nearest(name).stream()).toList();
    String there =
        near.isEmpty()
            ? "there are " + String.join(", ", names.first(EXAMPLES))
            : "the nearest there are " + String.join(", ", near);
    return String.format(
        Locale.ROOT,
        "Invalid metadata: none of the %d pictures that %s names is there: it names %s%s; %s;"
            + " file_name must be a picture's path below the metadata file's folder",
        rows.size(),
        file.path(),
        String.join(", ", written),
        rows.size() > EXAMPLES ? ", ..." : "",
        there);
  }

  private static PictureCaptions besidePictures(
      String extension,
      String location,
      List<FoundFile> files,
      List<FoundFile> pictures,
      Configuration configuration) {
    List<String> extensions = extension.isEmpty() ? EXTENSIONS : List.of(extension);
    PictureCaptions captions =
        new PictureCaptions(
            "a file of the same name that ends with " + String.join(" or ", extensions));
    Map<String, FoundFile> byName = new HashMap<>();
    files.forEach(file -> byName.put(file.name(), file));
    List<String> captioned = new ArrayList<>();
    List<FoundFile> texts = new ArrayList<>();
    for (FoundFile picture : pictures) {
      List<String> found =
          extensions.stream().map(end -> picture.stem() + end).filter(byName::containsKey).toList();
      if (found.size() > 1) {
        captions.unreadable.add(
            String.format(
                Locale.ROOT,
                "Invalid captions: %s has %s; say with --caption_extension which to read",
                picture.name(),
                String.join(" and ", found)));
      } else if (!found.isEmpty()) {
        captioned.add(picture.name());
        texts.add(byName.get(found.get(0)));
      }
    }
    List<CaptionFile> read =
        ParallelReads.map(texts, text -> CaptionFile.read(text, configuration), location);
    for (int i = 0; i < read.size(); i++) {
      captions.put(captioned.get(i), read.get(i).captions(), "in " + texts.get(i).path());
      read.get(i).problem().ifPresent(captions.unreadable::add);
    }
    return captions;
  }
}
