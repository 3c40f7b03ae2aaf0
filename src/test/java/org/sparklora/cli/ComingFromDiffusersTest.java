package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.cli.command.DreamBoothCommand;
import org.sparklora.cli.command.TrainCommand;
import org.sparklora.data.DataConfig;
import org.sparklora.data.DatasetFolder;
import org.sparklora.data.row.ImageDataset;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The pages for those who come from elsewhere speak of every flag, and of none that is not there.
 */
class ComingFromDiffusersTest {
  private static final Path DOCS = Path.of("src/docs");
  private static final Pattern FLAG = Pattern.compile("`(--\\w+)`");
  private static final String DREAMBOOTH_SDXL = "| flag | `dreambooth` with SDXL | |";
  private static final List<DataConfig> DATA = new ArrayList<>();
  private static final CommandLine TRAIN =
      new CommandLine(new TrainCommand(config -> DATA.add(config.data())));

  @Test
  void thePageHasEveryFlagOfTheScriptAndNoOther() throws IOException {
    List<String> script =
        Files.readAllLines(Path.of("src/test/resources/flags/train_text_to_image_lora.txt"));
    assertThat(FlagTable.rows("coming-from-diffusers.md", "| flag | here | |").keySet())
        .containsExactlyElementsOf(script.subList(1, script.size()));
  }

  @Test
  void whatItSaysOfAFlagHolds() throws IOException {
    FlagTable.rows("coming-from-diffusers.md", "| flag | here | |")
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
  void whatItSaysOfTheScriptForSdxlHolds() throws IOException {
    assertThat(FlagTable.rows("coming-from-diffusers.md", "| flag | with SDXL | |"))
        .hasSizeGreaterThan(5)
        .allSatisfy(
            (flag, row) -> {
              assertThat(TRAIN.getCommandSpec().findOption(flag)).as(flag).isNotNull();
              assertThat(row.get(1)).as(flag).isIn("same", "changed");
            });
  }

  @Test
  void thePageHasEveryFlagOfTheDreamBoothScriptForSdxlAndNoOther() throws IOException {
    List<String> script =
        Files.readAllLines(Path.of("src/test/resources/flags/train_dreambooth_lora_sdxl.txt"));
    assertThat(FlagTable.rows("coming-from-diffusers.md", DREAMBOOTH_SDXL).keySet())
        .containsExactlyElementsOf(script.subList(1, script.size()));
  }

  @Test
  void whatItSaysOfTheDreamBoothScriptForSdxlHolds() throws IOException {
    StartedTrainings runs = StartedTrainings.of("dreambooth", "--pretrained_model_name_or_path=/m");
    CommandLine dreambooth = new CommandLine(new DreamBoothCommand(runs.started()::add));
    List<String> refused = new ArrayList<>();
    FlagTable.rows("coming-from-diffusers.md", DREAMBOOTH_SDXL)
        .forEach(
            (flag, row) -> {
              OptionSpec option = dreambooth.getCommandSpec().findOption(flag);
              assertThat(option).as(flag).isNotNull();
              assertThat(row.get(1)).as(flag).isIn("same", "changed", "refused", "no effect");
              assertThat(option.hidden()).as(flag).isEqualTo(row.get(1).equals("refused"));
              assertThat(row.get(1).equals("changed") && row.get(2).isEmpty()).as(flag).isFalse();
              if (row.get(1).equals("refused")) {
                refused.add(flag + (isSwitch(option) ? "" : "=2"));
              }
            });
    assertThat(refused).hasSize(4);
    for (String flag : refused) {
      assertThat(runs.run("--pretrained_model_name_or_path=/m", "--dataset_name=/d", flag))
          .as(flag)
          .isEqualTo(2);
    }
    for (String flag : List.of("--repeats=1", "--local_rank=-1", "--optimizer=AdamW")) {
      assertThat(runs.run("--pretrained_model_name_or_path=/m", "--dataset_name=/d", flag))
          .as(flag)
          .isZero();
    }
  }

  private static boolean isSwitch(OptionSpec option) {
    return option.auxiliaryTypes()[0] == boolean.class;
  }

  @Test
  void flagsThatAreOnlyHereAreThere() throws IOException {
    assertThat(FlagTable.rows("coming-from-diffusers.md", "| flag | |")).hasSizeGreaterThan(10);
    FlagTable.rows("coming-from-diffusers.md", "| flag | |")
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

  /** Needs Python with pyarrow; SPARK_LORA_PYTHON names it. */
  @Test
  void theScriptForKohyasFoldersWritesADataSet(@TempDir Path folder) throws Exception {
    String python = System.getenv("SPARK_LORA_PYTHON");
    assumeThat(python).as("SPARK_LORA_PYTHON").isNotNull();
    Path pictures = Files.createDirectory(folder.resolve("10_style"));
    for (String name : List.of("a", "b")) {
      BufferedImage image = new BufferedImage(20, 30, BufferedImage.TYPE_INT_RGB);
      ImageIO.write(image, "png", pictures.resolve(name + ".png").toFile());
      Files.writeString(pictures.resolve(name + ".txt"), "picture " + name + "\n");
    }
    String page = Files.readString(DOCS.resolve("coming-from-kohya.md"));
    Matcher script = Pattern.compile("(?s)<<'END'\n(.*?)\n    END\n").matcher(page);
    assertThat(script.find()).isTrue();
    Process process =
        new ProcessBuilder(python, "-c", script.group(1).replaceAll("(?m)^    ", ""))
            .directory(folder.toFile())
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();
    for (String written : List.of("data", "10_style")) {
      DATA.clear();
      TRAIN.execute(
          "--pretrained_model_name_or_path=/m", "--dataset_name=" + folder.resolve(written));
      ImageDataset dataset = new DatasetFolder(new Configuration()).open(DATA.get(0));
      assertThat(dataset.rows()).as(written).isEqualTo(2);
    }
  }
}
