package org.sparklora.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that came in another one's place. */
class ForeignFileTest {
  private static final String POINTER =
      """
      version https://git-lfs.github.com/spec/v1
      oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
      size 12345
      """;

  @TempDir Path folder;

  @Test
  void recognisesAGitLfsPointerAndSaysWhatToDo() throws IOException {
    Path file = Files.writeString(folder.resolve("train.parquet"), POINTER);
    assertThat(ForeignFile.of(file)).contains(ForeignFile.GIT_LFS_POINTER);
    assertThat(ForeignFile.GIT_LFS_POINTER.text()).contains("git lfs pull");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<!DOCTYPE html><html><body>404</body></html> | HTML_PAGE",
        "  <HTML lang='en'> | HTML_PAGE",
        "'\uFEFF<!-- saved from --><html>' | HTML_PAGE",
        "<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C'> | HTML_PAGE",
        "<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code></Error> |"
            + " XML_ERROR",
        "/annex/objects/SHA256E-s12--ab.jpg | GIT_ANNEX_POINTER",
        "../.git/annex/objects/x/SHA256E-s12--ab.jpg | GIT_ANNEX_POINTER",
      })
  void recognisesPagesMessagesAndOtherPointers(String content, ForeignFile kind) {
    assertThat(ForeignFile.of(bytes(content))).contains(kind);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "PAR1",
        "a page of html, <html> in white on black",
        "<hero> with a sword",
        "<heading>",
        "{\"file_name\": \"a.png\", \"text\": \"<html>\"}",
        "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"></svg>",
        "version 2 of a poster",
      })
  void leavesOtherContentsAlone(String content) {
    assertThat(ForeignFile.of(bytes(content))).isEmpty();
  }

  private static byte[] bytes(String content) {
    return content.getBytes(StandardCharsets.UTF_8);
  }
}
