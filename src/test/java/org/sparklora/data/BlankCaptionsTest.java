package org.sparklora.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A blank caption of a picture that is a file is a missing one. */
class BlankCaptionsTest {
  private static final String LEFT_OUT = "; write one, or leave it out with --on_bad_image=skip";

  @TempDir Path folder;

  @Test
  void blankTextFilesAreNamedOrLeftOut() throws IOException {
    TestPictures data =
        new TestPictures(folder)
            .pictures("0.png", "1.png", "2.png", "3.png")
            .write("0.txt", "a cat")
            .write("1.txt", "")
            .write("2.txt", " \n\u00A0\r\n")
            .write("3.txt", "\uFEFF\u200B");
    data.assertProblems(
        BadImages.FAIL,
        "Missing caption: .*/1.png has a blank one in .*/1.txt" + LEFT_OUT,
        "Missing caption: .*/2.png has a blank one in .*/2.txt" + LEFT_OUT,
        "Missing caption: .*/3.png has a blank one in .*/3.txt" + LEFT_OUT);
    assertThat(data.captions(BadImages.SKIP))
        .containsExactly(List.of("a cat"), List.of(), List.of(), List.of());
  }

  /** As pandas reads it; {@code na} and a space before it are texts. */
  @Test
  void noValuesOfCommaSeparatedValuesAreBlank() throws IOException {
    TestPictures data =
        new TestPictures(folder)
            .pictures("0.png", "1.png", "2.png", "3.png", "4.png", "5.png", "6.png")
            .write(
                "metadata.csv",
                """
                file_name,text
                0.png,a cat
                1.png,N/A
                2.png,None
                3.png,null
                4.png,"NA"
                5.png,na
                6.png," "
                """);
    assertThat(data.captions(BadImages.SKIP))
        .containsExactly(
            List.of("a cat"), List.of(), List.of(), List.of(), List.of(), List.of("na"), List.of());
    data.assertProblems(
        BadImages.FAIL,
        "Missing caption: .*/1.png has a blank one in line 3 of .*/metadata.csv" + LEFT_OUT,
        "Missing caption: .*/2.png has a blank one in line 4 of .*/metadata.csv" + LEFT_OUT,
        "Missing caption: .*/3.png .* line 5 of .*",
        "Missing caption: .*/4.png .* line 6 of .*",
        "Missing caption: .*/6.png .* line 8 of .*");
  }

  @Test
  void nullsMissingKeysAndBlankListsOfJsonAreBlank() throws IOException {
    TestPictures data =
        new TestPictures(folder)
            .pictures("0.png", "1.png", "2.png", "3.png", "4.png", "5.png")
            .write(
                "metadata.jsonl",
                """
                {"file_name": "0.png", "text": ["", "a cat", null]}
                {"file_name": "1.png", "text": null}
                {"file_name": "2.png"}
                {"file_name": "3.png", "text": []}
                {"file_name": "4.png", "text": [" ", null]}
                {"file_name": "5.png", "text": "NA"}
                """);
    assertThat(data.captions(BadImages.SKIP))
        .containsExactly(
            List.of("a cat"), List.of(), List.of(), List.of(), List.of(), List.of("NA"));
  }

  @Test
  void aDataSetOfBlankCaptionsAloneIsRefusedAtOnce() throws IOException {
    TestPictures data =
        new TestPictures(folder).pictures("0.png", "1.png").write("0.txt", " ").write("1.txt", "");
    for (BadImages mode : BadImages.values()) {
      data.assertProblems(
          mode,
          "Missing captions: .* has 2 pictures and 2 captions, and all of these are blank, the"
              + " first in .*/0.txt; add .*or give --instance_prompt");
    }
  }

  @Test
  void anEmptyPromptIsMeant() throws IOException {
    TestPictures data = new TestPictures(folder).pictures("0.png");
    assertThat(data.captionsWithPrompt("")).containsExactly(List.of(""));
  }

  @Test
  void aPointerOrAPageIsNoCaption() throws IOException {
    new TestPictures(folder)
        .pictures("0.png", "1.png", "2.png")
        .write("0.txt", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
        .write("1.txt", "<!DOCTYPE html><html>404</html>")
        .write("2.txt", "a cat")
        .assertProblems(
            BadImages.SKIP,
            "Cannot read caption: .*/0.txt: it is a Git LFS pointer.*git lfs pull.*",
            "Cannot read caption: .*/1.txt: it is an HTML page.*");
  }
}
