package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.sparklora.util.InvalidInputException;

class ProcessEncodingTest {
  @Test
  void namesArgumentsThatWereNotReadAsTheyWereWritten() {
    ProcessEncoding.requireReadable("train", "--validation_prompt=a café, 猫, 🍎");
    assertThatThrownBy(
            () -> ProcessEncoding.requireReadable("train", "--validation_prompt=caf\uFFFD\uFFFD"))
        .isInstanceOfSatisfying(
            InvalidInputException.class,
            e -> assertThat(e.kind()).isEqualTo(InvalidInputException.Kind.CONFIGURATION))
        .hasMessageContaining("Invalid argument: --validation_prompt=caf??: ")
        .hasMessageContaining("LC_ALL=C.UTF-8");
  }

  @Test
  void underLangCAnArgumentIsRefusedInsteadOfReadAsAnother() throws Exception {
    assumeThat(System.getProperty("sun.jnu.encoding")).as("what passes it on").isEqualTo("UTF-8");
    ProcessBuilder command =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "train",
                "--validation_prompt=café")
            .redirectErrorStream(true);
    command.environment().put("LC_ALL", "C");
    Process process = command.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isEqualTo(2);
    assertThat(said).contains("Invalid argument: --validation_prompt=caf");
  }
}
