package org.sparklora.spark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.sparklora.util.InvalidInputException;

class SubjectFoldersTest {
  @Test
  void areNamedAfterTheirSubjects() {
    assertThat(SubjectFolders.of(List.of("dog", "Ärger 2.0", "犬", "a/b:c", "rex-1_x")))
        .containsEntry("dog", "dog")
        .containsEntry("Ärger 2.0", "Ärger_2.0")
        .containsEntry("犬", "犬")
        .containsEntry("a/b:c", "a_b_c")
        .containsEntry("rex-1_x", "rex-1_x");
  }

  @Test
  void aSubjectThatCanHaveNoneOfItsOwnIsRefused() {
    assertThatThrownBy(
            () ->
                SubjectFolders.of(
                    List.of(
                        "a b",
                        "a:b",
                        "..",
                        "_lease",
                        "latents",
                        "checkpoint-5",
                        "x".repeat(101),
                        "tab\tbed",
                        "fine")))
        .isInstanceOfSatisfying(
            InvalidInputException.class,
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "Invalid subject: a:b; it and a b would both go to a_b/: rename it in"
                            + " --subject_column",
                        "Invalid subject: ..; its folder ../ would be a hidden one: rename it in"
                            + " --subject_column",
                        "Invalid subject: _lease; its folder _lease/ would be a hidden one: rename"
                            + " it in --subject_column",
                        "Invalid subject: latents; a run keeps files of its own in latents: rename"
                            + " it in --subject_column",
                        "Invalid subject: checkpoint-5; a run keeps files of its own in"
                            + " checkpoint-5: rename it in --subject_column",
                        "Invalid subject: "
                            + "x".repeat(101)
                            + "; it is longer than 100 characters: rename it in --subject_column",
                        "Invalid subject: tab_bed; it has control characters: rename it in"
                            + " --subject_column"));
  }
}
