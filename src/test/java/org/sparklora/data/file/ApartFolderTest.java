package org.sparklora.data.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ApartFolderTest {
  private static final List<String> PLACES = List.of("file:///d", "file:///d/close", "hf://a/b");

  @Test
  void aFolderInsideAnotherKeepsItsOwnFiles() {
    assertThat(ApartFolder.otherSets(PLACES, "file:///d/close", List.of()))
        .extracting(ApartFolder::location)
        .containsExactly("hf://a/b");
  }

  @Test
  void theOuterFolderGivesUpTheFilesOfTheInnerOne() {
    assertThat(ApartFolder.otherSets(PLACES, "file:///d", List.of("file:///m")))
        .extracting(ApartFolder::location)
        .containsExactly("file:///d/close", "hf://a/b", "file:///m");
  }
}
