package org.sparklora.cli.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.cli.config.Problems;
import org.sparklora.pipeline.request.ValidationPrompt;
import org.sparklora.util.InvalidInputException;

class PromptFileTest {
  @TempDir private Path folder;

  @Test
  void aLineHasAPromptAndFlags() throws IOException {
    List<ValidationPrompt> prompts =
        read(
            """
            # prompts of the run

            a cat, red--blue
            a dog --n bad, blurry --W 515 --h 20 --d 7 --s 0 --l 5.5 --ss k_euler_a --g 3
            """);
    String line = "a dog --n bad, blurry --W 515 --h 20 --d 7 --s 0 --l 5.5 --ss k_euler_a --g 3";
    assertThat(prompts)
        .containsExactly(
            ValidationPrompt.of("a cat, red--blue"),
            new ValidationPrompt(
                "a dog",
                line,
                "bad, blurry",
                OptionalInt.of(64),
                OptionalInt.of(512),
                OptionalLong.of(7),
                OptionalInt.of(1),
                OptionalDouble.of(5.5),
                Optional.of("EulerAncestralDiscreteScheduler")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a cat --x 5        | :1: --x 5; flags are --n, --w, --h, --d, --s, --l and --ss
          a cat --fluffy     | :1: --fluffy; flags are --n
          a cat --w wide     | :1: --w wide; it must be a whole number from 0 to 16384
          a cat --s 10001    | :1: --s 10001; it must be a whole number from 0 to 10000
          a cat --d -1       | :1: --d -1; it must be a whole number from 0 to
          a cat --l much     | :1: --l much; it must be a number from 0 to 1000
          a cat --l NaN      | :1: --l NaN; it must be a number
          a cat --ss dpm_2   | :1: --ss dpm_2; samplers are ddim, dpmsolver++, euler, euler_a
          --w 512            | the prompt comes first
          # nothing          | it has no prompt
          """)
  void whatIsWrongWithALineIsSaid(String line, String error) {
    assertThat(problem(() -> read(line))).startsWith("Invalid --sample_prompts: ").contains(error);
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThat(problem(() -> read(folder.resolve("none.txt"))))
        .isEqualTo(
            "Invalid --sample_prompts: " + folder.resolve("none.txt") + "; there is no such file");
  }

  private interface Reading {
    void run() throws IOException;
  }

  private static String problem(Reading reading) {
    return catchThrowableOfType(InvalidInputException.class, reading::run).problems().get(0);
  }

  private List<ValidationPrompt> read(String text) throws IOException {
    return read(Files.writeString(folder.resolve("prompts.txt"), text));
  }

  private static List<ValidationPrompt> read(Path file) {
    Problems problems = new Problems();
    List<ValidationPrompt> prompts = new PromptFile(problems, file).prompts();
    problems.throwAll();
    return prompts;
  }
}
