package org.sparklora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.data.row.ImageRow;
import org.sparklora.data.row.ImageRows;
import org.sparklora.data.row.RowRange;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.InvalidInputException.Kind;

/** A folder of pictures that are files, and what is read of it. */
public record TestPictures(Path folder) {
  private static final Configuration CONFIGURATION = new Configuration();

  TestPictures pictures(String... names) throws IOException {
    for (String name : names) {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, TestDataset.png(2, 2, name.hashCode()));
    }
    return this;
  }

  TestPictures write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
    return this;
  }

  ImageDataset open(BadImages onBadImage) {
    return new DatasetFolder(CONFIGURATION).open(config(onBadImage, Optional.empty()));
  }

  /** The captions of all rows; a row without has an empty list. */
  List<List<String>> captions(BadImages onBadImage) throws IOException {
    return captions(config(onBadImage, Optional.empty()));
  }

  List<List<String>> captionsWithPrompt(String prompt) throws IOException {
    return captions(config(BadImages.FAIL, Optional.of(prompt)));
  }

  private static List<List<String>> captions(DataConfig config) throws IOException {
    List<List<String>> captions = new ArrayList<>();
    for (RowRange range : new DatasetFolder(CONFIGURATION).open(config).ranges()) {
      try (ImageRows reader = range.open(CONFIGURATION)) {
        for (Optional<ImageRow> row = reader.next(); row.isPresent(); row = reader.next()) {
          captions.add(row.get().captions());
        }
      }
    }
    return captions;
  }

  void assertProblems(BadImages onBadImage, String... patterns) {
    assertThatThrownBy(() -> open(onBadImage))
        .isInstanceOfSatisfying(
            InvalidInputException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(Kind.DATA);
              assertThat(e.problems()).hasSameSizeAs(patterns);
              for (int i = 0; i < patterns.length; i++) {
                assertThat(e.problems().get(i)).matches("(?s)" + patterns[i]);
              }
            });
  }

  private DataConfig config(BadImages onBadImage, Optional<String> prompt) {
    return config(folder, "text", "", prompt, onBadImage);
  }

  public static DataConfig config(
      Path folder,
      String captionColumn,
      String extension,
      Optional<String> prompt,
      BadImages onBadImage) {
    DataConfig config = DataConfig.of(folder.toString(), PictureConfig.centred(8), 42);
    ColumnConfig columns = new ColumnConfig("image", captionColumn, extension, prompt, "");
    return TestDataset.with(TestDataset.with(config, columns), OptionalLong.empty(), onBadImage);
  }
}
