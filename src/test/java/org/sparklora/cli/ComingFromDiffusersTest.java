package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.sparklora.spark.TrainingConfig;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The pages for those who come from elsewhere speak of every flag, and of none that is not there.
 */
class ComingFromDiffusersTest {
  private static final Path DOCS = Path.of("src/docs");
  private static final Pattern FLAG = Pattern.compile("`(--\\w+)`");
  private static final CommandLine TRAIN =
      new CommandLine(new TrainCommand((TrainingConfig config) -> {}));

  @Test
  void thePageHasEveryFlagOfTheScriptAndNoOther() throws IOException {
    List<String> script =
        Files.readAllLines(Path.of("src/test/resources/flags/train_text_to_image_lora.txt"));
    assertThat(rows("coming-from-diffusers.md", "| flag | here | |").keySet())
        .containsExactlyElementsOf(script.subList(1, script.size()));
  }

  @Test
  void whatItSaysOfAFlagHolds() throws IOException {
    rows("coming-from-diffusers.md", "| flag | here | |")
        .forEach(
            (flag, row) -> {
              OptionSpec option = TRAIN.getCommandSpec().findOption(flag);
              assertThat(option).as(flag).isNotNull();
              assertThat(row.get(1)).as(flag).isIn("same", "changed", "refused", "no effect");
              if (row.get(1).equals("refused")) {
                assertThat(option.hidden()).as(flag).isTrue();
              }
              if (row.get(1).equals("changed")) {
                assertThat(row.get(2)).as(flag).isNotEmpty();
              }
            });
  }

  @Test
  void flagsThatAreOnlyHereAreThere() throws IOException {
    assertThat(rows("coming-from-diffusers.md", "| flag | |")).hasSizeGreaterThan(10);
    rows("coming-from-diffusers.md", "| flag | |")
        .keySet()
        .forEach(flag -> assertThat(TRAIN.getCommandSpec().findOption(flag)).as(flag).isNotNull());
  }

  @Test
  void thePageForKohyasUsersNamesFlagsThatAreThere() throws IOException {
    List<String> named = new ArrayList<>();
    for (String line : Files.readAllLines(DOCS.resolve("coming-from-kohya.md"))) {
      if (line.startsWith("| `") && line.split("\\|", -1).length == 5) {
        FLAG.matcher(line.split("\\|", -1)[2]).results().forEach(flag -> named.add(flag.group(1)));
      }
    }
    assertThat(named).hasSizeGreaterThan(20);
    assertThat(named)
        .allSatisfy(
            flag -> assertThat(TRAIN.getCommandSpec().findOption(flag)).as(flag).isNotNull());
  }

  /** The cells of a table, by the flags of the first. */
  private static Map<String, List<String>> rows(String page, String heading) throws IOException {
    List<String> lines = Files.readAllLines(DOCS.resolve(page));
    Map<String, List<String>> rows = new LinkedHashMap<>();
    for (int i = lines.indexOf(heading) + 2; lines.get(i).startsWith("|"); i++) {
      List<String> cells =
          List.of(lines.get(i).split("\\|", -1)).stream().skip(1).map(String::strip).toList();
      for (MatchResult flag : FLAG.matcher(cells.get(0)).results().toList()) {
        assertThat(rows.put(flag.group(1), cells)).as("twice: " + flag.group(1)).isNull();
      }
    }
    return rows;
  }
}
