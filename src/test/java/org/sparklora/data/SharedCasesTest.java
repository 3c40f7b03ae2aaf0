package org.sparklora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.data.image.ImageDecoder;
import org.sparklora.data.image.Pixels;
import org.sparklora.data.image.UndecodableImageException;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.util.InvalidInputException;

/** Inputs in the form of what people reported elsewhere, where they lie beside the repository. */
class SharedCasesTest {
  private static final Path CASES = Path.of("../shared/cases");

  @BeforeAll
  static void areThere() {
    assumeTrue(Files.isDirectory(CASES));
  }

  private static ImageDataset open(String name, BadImages onBadImage) {
    return new DatasetFolder(new Configuration())
        .open(
            TestDataset.with(
                DataConfig.of(CASES.resolve(name).toString(), PictureConfig.centred(64), 42),
                OptionalLong.empty(),
                onBadImage));
  }

  @ParameterizedTest
  @CsvSource({
    "splits/files, 3, test.parquet",
    "splits/dirs, 3, test/0000.parquet",
    "splits/kaggle, 3, my_test_images.parquet",
    "splits/pics, 3, test/0.png",
    "names/underscores, 4, ''",
    "metadata/backslashes, 3, ''",
    "shapes/spacer_1x20000, 4, ''",
  })
  void haveTheseRowsAndNameWhatIsLeftOut(String name, long rows, String leftOut) {
    ImageDataset data = open(name, BadImages.FAIL);
    assertThat(data.rows()).isEqualTo(rows);
    assertThat(String.join("\n", data.remarks())).contains(leftOut);
    assertThat(data.remarks().isEmpty()).isEqualTo(leftOut.isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "tables/delta, Delta",
    "codecs/brotli, BROTLI",
    "metadata/no_row_matches, nearest there are 0.png",
    "captions/empty_txt, 1.png has a blank one",
    "captions/csv_na, 3.png has a blank one"
  })
  void areRefusedWithTheCauseBeforeAnythingStarts(String name, String cause) {
    assertThatThrownBy(() -> open(name, BadImages.FAIL))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(cause)
        .message()
        .doesNotContain("add a metadata.jsonl");
  }

  @ParameterizedTest
  @CsvSource({
    "gif_first_frame_offset.gif, 160, 120",
    "jpg_bad_icc_markers.jpg, 0, 0",
    "rgb_cmykicc.jpg, 0, 0",
    "png_time_bad.png, 0, 0"
  })
  void picturesAreReadAsBrowsersShowThem(String name, int width, int height)
      throws IOException, UndecodableImageException {
    Pixels read = new ImageDecoder().decode(Files.readAllBytes(CASES.resolve("pictures/" + name)));
    assertThat(read.width()).isEqualTo(width == 0 ? read.width() : width);
    assertThat(read.height()).isEqualTo(height == 0 ? read.height() : height);
  }

  @ParameterizedTest
  @ValueSource(strings = "jpg_prog_trunc_at_scan.jpg")
  void aTruncatedPictureIsBad(String name) throws IOException {
    byte[] bytes = Files.readAllBytes(CASES.resolve("pictures/" + name));
    assertThatThrownBy(() -> new ImageDecoder().decode(bytes))
        .isInstanceOf(UndecodableImageException.class);
  }

  @Test
  void pathsInPlaceOfPicturesAreReadOrRefusedWithTheCure() {
    assertThatThrownBy(() -> open("codecs/path_without_bytes", BadImages.FAIL))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("embed");
  }
}
