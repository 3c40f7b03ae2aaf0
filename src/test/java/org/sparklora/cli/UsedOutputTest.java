package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An output folder that holds another run: refused before Spark starts, and left as it is. */
@Tag("long")
class UsedOutputTest {
  private static final String LEASE =
      """
      {"number": 1, "run": "r", "holder": {"host": "h", "machine": "", "pid": 1,
       "process_start": "", "application": "spark-lora"}, "valid_seconds": 30,
       "started": "2025-01-01T00:00:00Z", "renewed": "2025-01-01T00:00:00Z", "finished": true}
      """;

  @TempDir private Path folder;
  private Path out;

  @BeforeEach
  void finishARun() throws IOException {
    out = folder.resolve("out");
    write("_lease/1.json", LEASE);
    write("pytorch_lora_weights.safetensors", "adapter");
    write("samples.png", "pictures");
    write("README.md", "card");
    write("report.html", "page");
    write("report/history.json", "{}");
    write("report/recipe.json", "{\"rank\": \"2\", \"seed\": \"5\"}");
  }

  @Test
  void aSecondRunIsRefused() throws IOException {
    assertRefused(
        2,
        List.of(),
        "holds an earlier run",
        "--resume_from_checkpoint=latest",
        "give another folder",
        "--overwrite_output_dir");
  }

  /** The end of a run would find what its beginning could have told. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "pytorch_lora_weights.safetensors/",
        "README.md/",
        "report.html/",
        "samples.png/",
        "report",
        "_lease",
        "checkpoint-1",
        "validation"
      })
  void aFolderInPlaceOfAFileAndTheReverseAreRefused(String name) throws IOException {
    out = folder.resolve("other");
    Path place = out.resolve(name);
    Files.createDirectories(name.endsWith("/") ? place : out);
    if (!name.endsWith("/")) {
      Files.createFile(place);
    }
    assertRefused(
        2, List.of(), name.replace("/", ""), "a folder where a run writes a file or the reverse");
  }

  @Test
  void goingOnWithAnotherRecipeIsRefused() throws IOException {
    assertRefused(2, List.of("--resume_from_checkpoint=latest"), "rank was 2 and is now 4");
  }

  @Test
  void goingOnWithWhatSaysNothingOfItsRecipeIsRefused() throws IOException {
    Files.delete(out.resolve("report/recipe.json"));
    assertRefused(
        2,
        List.of("--resume_from_checkpoint=latest"),
        "nothing that says what that was trained with");
  }

  @Test
  void goingOnFromAFolderThatIsNotThereIsRefused() throws IOException {
    assertRefused(
        3, List.of("--resume_from_checkpoint=/no/such/checkpoint-5"), "Missing checkpoint");
  }

  @Test
  void goingOnAndOverwritingContradictEachOther() throws IOException {
    assertRefused(
        2,
        List.of("--resume_from_checkpoint=latest", "--overwrite_output_dir"),
        "leave one of them out");
  }

  @Test
  void whatNoRunHasWrittenIsNeverReplaced() throws IOException {
    delete("_lease/1.json", "_lease", "report/history.json", "report/recipe.json", "report");
    assertRefused(2, List.of("--overwrite_output_dir"), "no run of this program has written there");
  }

  @Test
  void refusedInputCreatesNothing() throws IOException {
    Path fresh = folder.resolve("deep/er");
    int code =
        CommandRun.of(
                "train",
                "--pretrained_model_name_or_path=" + SmallRun.MODEL,
                "--dataset_name=/no/such/data",
                "--output_dir=" + fresh,
                "--latent_cache_dir=" + folder.resolve("cache"),
                "--master=local[1]")
            .code();
    assertThat(code).isEqualTo(3);
    assertThat(folder.resolve("deep")).doesNotExist();
    assertThat(folder.resolve("cache")).doesNotExist();
  }

  private void assertRefused(int code, List<String> flags, String... words) throws IOException {
    Map<String, String> before = contents();
    List<Object> arguments = new ArrayList<>(List.of("train"));
    arguments.addAll(SmallRun.flags(SmallRun.MODEL, SmallRun.DATA, 2, out));
    arguments.addAll(List.of("--master=local[1]", "--max_train_steps=1"));
    arguments.addAll(flags);
    CommandRun run = CommandRun.of(arguments.toArray());
    assertThat(run.code()).as(run.err()).isEqualTo(code);
    assertThat(run.err()).startsWith("error: ").contains(words);
    assertThat(contents()).isEqualTo(before);
  }

  private Map<String, String> contents() throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(out)) {
      for (Path file : files.toList()) {
        contents.put(file.toString(), Files.isDirectory(file) ? "" : Files.readString(file));
      }
    }
    return contents;
  }

  private void write(String name, String text) throws IOException {
    Path file = out.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void delete(String... names) throws IOException {
    for (String name : names) {
      Files.delete(out.resolve(name));
    }
  }
}
