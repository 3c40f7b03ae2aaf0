package org.sparklora.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.MetadataFile.MetadataRow;

/**
 * The captions of a folder's pictures, by one convention: metadata files where there are any, else
 * text files beside the pictures.
 *
 * @param byPicture captions by the picture's path below the folder; pictures without are not in it
 * @param unreadable what is wrong with the files that hold captions
 * @param nowhere what metadata files say of pictures that are not there
 * @param expected what a picture without caption should have, for messages
 */
record PictureCaptions(
    Map<String, Captions> byPicture,
    List<String> unreadable,
    List<String> nowhere,
    String expected) {
  /** Of text files beside the pictures: kohya's two. */
  private static final List<String> EXTENSIONS = List.of(".txt", ".caption");

  /**
   * Finds captions.
   *
   * @param files all of the folder's
   * @param pictures those of them
   */
  static PictureCaptions find(
      DataConfig config,
      List<FoundFile> files,
      List<FoundFile> pictures,
      Configuration configuration) {
    List<FoundFile> metadata =
        files.stream()
            .filter(MetadataFile::isOne)
            .sorted(Comparator.comparingInt((FoundFile file) -> file.folder().length()))
            .toList();
    return metadata.isEmpty()
        ? besidePictures(config.captionExtension(), files, pictures)
        : inMetadata(config.captionColumn(), metadata, pictures, configuration);
  }

  /** Of two files that tell of a picture the one nearer to it counts. */
  private static PictureCaptions inMetadata(
      String captionColumn,
      List<FoundFile> metadata,
      List<FoundFile> pictures,
      Configuration configuration) {
    Map<String, Captions> captions = new HashMap<>();
    List<String> unreadable = new ArrayList<>();
    List<String> nowhere = new ArrayList<>();
    Set<String> names = new HashSet<>();
    pictures.forEach(picture -> names.add(picture.name()));
    Set<String> folders = new HashSet<>();
    for (FoundFile file : metadata) {
      if (!folders.add(file.folder())) {
        unreadable.add(
            "Invalid metadata: %s beside another metadata file; keep one of %s and %s"
                .formatted(file.path(), MetadataFile.JSONL, MetadataFile.CSV));
        continue;
      }
      MetadataFile read = MetadataFile.read(file, captionColumn, configuration);
      unreadable.addAll(read.problems());
      Set<String> told = new HashSet<>();
      for (MetadataRow row : read.rows()) {
        if (!told.add(row.picture())) {
          unreadable.add(
              "Invalid metadata: line %d of %s names %s again"
                  .formatted(row.line(), read.path(), row.picture()));
        }
        if (!names.contains(row.picture())) {
          nowhere.add(
              "Missing picture: %s, named in line %d of %s"
                  .formatted(row.picture(), row.line(), read.path()));
        } else if (!row.captions().isEmpty()) {
          captions.put(row.picture(), new Captions.Known(row.captions()));
        }
      }
    }
    return new PictureCaptions(captions, unreadable, nowhere, "a row in a metadata file");
  }

  private static PictureCaptions besidePictures(
      String extension, List<FoundFile> files, List<FoundFile> pictures) {
    List<String> extensions = extension.isEmpty() ? EXTENSIONS : List.of(extension);
    Map<String, String> texts = new HashMap<>();
    files.forEach(file -> texts.put(file.name(), file.path()));
    Map<String, Captions> captions = new HashMap<>();
    List<String> ambiguous = new ArrayList<>();
    for (FoundFile picture : pictures) {
      List<String> found =
          extensions.stream().map(end -> picture.stem() + end).filter(texts::containsKey).toList();
      if (found.size() > 1) {
        ambiguous.add(
            "Invalid captions: %s has %s; say with --caption_extension which to read"
                .formatted(picture.name(), String.join(" and ", found)));
      }
      if (!found.isEmpty()) {
        captions.put(picture.name(), new Captions.TextFile(texts.get(found.get(0))));
      }
    }
    return new PictureCaptions(
        captions,
        ambiguous,
        List.of(),
        "a file of the same name that ends with " + String.join(" or ", extensions));
  }
}
