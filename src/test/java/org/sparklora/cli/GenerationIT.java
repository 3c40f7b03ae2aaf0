package org.sparklora.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.pipeline.RandomAdapter;

/** Tables of prompts on the embedded model, drawn by real processes. */
class GenerationIT {
  private static final String BASE = "src/quickstart/base-model";

  @TempDir private static Path folder;

  private static Path table;

  private Path prompts = folder.resolve("prompts.csv");

  private final StringWriter err = new StringWriter();

  /** The base model is named by the adapter alone. */
  @BeforeAll
  static void drawOnTwoExecutors() throws IOException {
    RandomAdapter.write(BASE, adapter(), "attn", 2, 2, Map.of("base_model", BASE));
    Files.writeString(
        folder.resolve("prompts.csv"),
        """
        id,prompt,negative_prompt,seed
        1,a red apple,,
        2,"a cat, with a hat",blurry,77
        """);
    table = folder.resolve("table");
    GenerationIT test = new GenerationIT();
    assertThat(
            test.table(
                table,
                "local-cluster[2,1,1024]",
                "--num_images_per_prompt=2",
                "--negative_prompt=dark"))
        .as(test.err.toString())
        .isZero();
  }

  @Test
  void thePicturesAreThoseOfOneProcess() throws IOException {
    Path pictures = folder.resolve("pictures");
    assertThat(
            run(
                "--prompt=a red apple",
                "--adapter=" + adapter(),
                "--num_inference_steps=2",
                "--negative_prompt=dark",
                "--num_images_per_prompt=2",
                "--output_dir=" + pictures))
        .as(err.toString())
        .isZero();
    Map<String, Group> rows = rows(table);
    assertThat(rows).containsOnlyKeys("1-0.png", "1-1.png", "2-77.png", "2-78.png");
    assertThat(png(rows.get("1-0.png")))
        .isEqualTo(Files.readAllBytes(pictures.resolve("00000-0.png")));
    assertThat(png(rows.get("1-1.png")))
        .isEqualTo(Files.readAllBytes(pictures.resolve("00001-1.png")));
  }

  @Test
  void aRowTellsHowItsPictureWasMade() throws IOException {
    Group row = rows(table).get("2-78.png");
    assertThat(row.getString("id", 0)).isEqualTo("2");
    assertThat(row.getString("prompt", 0)).isEqualTo("a cat, with a hat");
    assertThat(row.getString("negative_prompt", 0)).isEqualTo("blurry");
    assertThat(row.getLong("seed", 0)).isEqualTo(78);
    assertThat(row.getString("scheduler", 0)).isEqualTo("DPMSolverMultistepScheduler");
    assertThat(row.getInteger("num_inference_steps", 0)).isEqualTo(2);
    assertThat(row.getDouble("guidance_scale", 0)).isEqualTo(7.5);
    assertThat(row.getString("base_model", 0)).isEqualTo(BASE);
    assertThat(row.getString("adapters", 0)).isEqualTo(adapter() + "=1");
  }

  @Test
  void theTableCanBeTrainedOn() {
    String[] args = {
      "train",
      "--pretrained_model_name_or_path=" + BASE,
      "--dataset_name=" + table,
      "--caption_column=prompt",
      "--resolution=64",
      "--train_batch_size=2",
      "--max_train_steps=1",
      "--output_dir=" + folder.resolve("trained"),
      "--master=local[1]"
    };
    assertThat(Application.run(new PrintWriter(new StringWriter()), new PrintWriter(err), args))
        .as(err.toString())
        .isZero();
    assertThat(folder.resolve("trained/pytorch_lora_weights.safetensors")).exists();
  }

  @Test
  void aTableIsNotOverwrittenUnlessAsked() {
    assertThat(table(table, "local[1]")).isEqualTo(2);
    assertThat(err.toString()).contains("Invalid --output_dir: ").contains("--overwrite");
    assertThat(table.resolve("_SUCCESS")).exists();
    assertThat(table(folder, "local[1]", "--overwrite")).isEqualTo(2);
    assertThat(err.toString()).contains("the prompts are read from there");
    assertThat(prompts).exists();
  }

  @Test
  void rowsWithoutAPromptAreCountedOrLeftOut() throws IOException {
    prompts =
        Files.writeString(folder.resolve("bad.csv"), "prompt,seed\na book,1\n ,2\na cup,many\n");
    Path out = folder.resolve("bad");
    assertThat(table(out, "local[2]")).isEqualTo(3);
    assertThat(err.toString())
        .contains("of 3 rows 1 have no prompt and 1 a seed that is no whole number")
        .contains("--on_bad_prompt skip");
    assertThat(table(out, "local[2]", "--on_bad_prompt=skip")).as(err.toString()).isZero();
    assertThat(rows(out)).hasSize(1);
  }

  @Test
  void aPromptIsNotCutAtACommaOrMangled() throws IOException {
    prompts = folder.resolve("cut.csv");
    byte[] latin1 = "prompt\na cat, sitting\na dog\na caf\u00e9\n".getBytes(ISO_8859_1);
    Files.write(prompts, latin1);
    assertThat(table(folder.resolve("cut"), "local[1]")).isEqualTo(3);
    assertThat(err.toString())
        .contains("of 3 rows 0 have no prompt and 0 a seed that is no whole number, 2 other cells")
        .contains("prompt a cat");
  }

  @Test
  void aColumnThatIsNotThereIsNamed() throws IOException {
    prompts = Files.writeString(folder.resolve("other.csv"), "id,promt\n1,a book\n");
    assertThat(table(folder.resolve("other"), "local[1]")).isEqualTo(3);
    assertThat(err.toString())
        .contains("Missing column: prompt (--prompt_column)")
        .contains("did you mean promt?");
  }

  private static Path adapter() {
    return folder.resolve("style.safetensors");
  }

  private int table(Path out, String master, String... flags) {
    List<String> args = new ArrayList<>(List.of(flags));
    args.addAll(
        List.of(
            "--prompts=" + prompts,
            "--adapter=" + adapter(),
            "--num_inference_steps=2",
            "--output_dir=" + out,
            "--master=" + master));
    return run(args.toArray(new String[0]));
  }

  private int run(String... flags) {
    String[] args =
        Stream.concat(Stream.of("generate"), Arrays.stream(flags)).toArray(String[]::new);
    return Application.run(new PrintWriter(new StringWriter()), new PrintWriter(err, true), args);
  }

  private static byte[] png(Group row) {
    return row.getGroup("image", 0).getBinary("bytes", 0).getBytes();
  }

  /** The rows by the file names of their pictures. */
  private static Map<String, Group> rows(Path table) throws IOException {
    Map<String, Group> rows = new TreeMap<>();
    try (Stream<Path> files = Files.list(table)) {
      for (Path file : files.filter(name -> name.toString().endsWith(".parquet")).toList()) {
        try (ParquetReader<Group> reader =
            ParquetReader.builder(
                    new GroupReadSupport(), new org.apache.hadoop.fs.Path(file.toUri()))
                .build()) {
          for (Group row = reader.read(); row != null; row = reader.read()) {
            rows.put(row.getGroup("image", 0).getString("path", 0), row);
          }
        }
      }
    }
    return rows;
  }
}
