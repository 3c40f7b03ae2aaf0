package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each wrong input is one clear error, with its own exit code, before any executor works. */
class BadInputTest {
  private static final String BASE = "src/quickstart/base-model";
  private static final String NOTO = "src/quickstart/noto";

  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  @Test
  void aModelFolderThatIsNotThere() {
    assertThat(train("/no/such/model", NOTO)).isEqualTo(3);
    assertThat(err.toString()).contains("Missing model folder").contains("/no/such/model");
  }

  @Test
  void aDataSetThatIsNotThere() {
    assertThat(train(BASE, "/no/such/data")).isEqualTo(3);
    assertThat(err.toString()).contains("/no/such/data");
  }

  @Test
  void aFolderWithoutParquet() {
    assertThat(train(BASE, folder.toString())).isEqualTo(3);
    assertThat(err.toString()).contains(folder.getFileName().toString());
  }

  @Test
  void aColumnThatIsMissing() {
    assertThat(train(BASE, NOTO, "--caption_column=txt")).isEqualTo(3);
    assertThat(err.toString()).contains("txt").contains("text");
  }

  /** Training needs the betas, whatever class the pictures would be drawn with. */
  @Test
  void anUnknownNoiseSchedule() throws IOException {
    Path model = modelWith("scheduler/scheduler_config.json", "beta_schedule", "dream");
    assertThat(train(model.toString(), NOTO)).isEqualTo(3);
    assertThat(err.toString()).contains("beta_schedule").contains("dream");
  }

  @Test
  void anUnsupportedFieldOfTheUNet() throws IOException {
    Path model = modelWith("unet/config.json", "class_embed_type", "timestep");
    assertThat(train(model.toString(), NOTO)).isEqualTo(3);
    assertThat(err.toString()).contains("class_embed_type").contains("timestep");
  }

  @Test
  void anOutputFolderThatCannotBeWritten() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertThat(train(BASE, NOTO, "--output_dir=" + file.resolve("out"))).isEqualTo(2);
    assertThat(err.toString()).contains("Cannot write to --output_dir");
  }

  @Test
  void aPasswordInALocation() {
    assertThat(train("s3a://AKIA:hunter2@models/sd", NOTO)).isEqualTo(2);
    assertThat(train(BASE, NOTO, "--output_dir=s3a://AKIA:hunter2@out/x")).isEqualTo(2);
    assertThat(train(BASE, NOTO, "--output_dri=s3a://AKIA:hunter2@out/x")).isEqualTo(2);
    assertThat(err.toString())
        .contains("s3a://out/x was given with a user or password")
        .contains("spark.hadoop.fs.s3a.secret.key")
        .contains("Did you mean --output_dir?")
        .doesNotContain("hunter2");
  }

  @Test
  void aTargetThatMatchesNoLayer() {
    assertThat(train(BASE, NOTO, "--lora_target_modules=to_z")).isEqualTo(2);
    assertThat(err.toString()).contains("to_z matches no layer");
  }

  @Test
  void fp16OnACpu() {
    assertThat(train(BASE, NOTO, "--mixed_precision=fp16")).isEqualTo(2);
    assertThat(err.toString()).contains("fp16 without GPUs").contains("bf16");
  }

  @Test
  void severalAtOnce() {
    assertThat(train("/no/such/model", "/no/such/data")).isEqualTo(3);
    assertThat(err.toString()).contains("/no/such/model").contains("/no/such/data");
  }

  private int train(String model, String data, String... flags) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "train",
                "--pretrained_model_name_or_path=" + model,
                "--dataset_name=" + data,
                "--output_dir=" + folder.resolve("out"),
                "--master=local[1]"));
    LaterFlags.add(args, flags);
    return Application.run(
        new PrintWriter(new StringWriter()),
        new PrintWriter(err, true),
        args.toArray(new String[0]));
  }

  private Path modelWith(String file, String field, String value) throws IOException {
    Path base = Path.of(BASE);
    Path copy = folder.resolve("model");
    try (Stream<Path> files = Files.walk(base)) {
      files.forEach(
          source -> {
            try {
              Path target = copy.resolve(base.relativize(source).toString());
              if (Files.isDirectory(source)) {
                Files.createDirectories(target);
              } else {
                Files.copy(source, target);
              }
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
    ObjectMapper json = new ObjectMapper();
    ObjectNode config = (ObjectNode) json.readTree(copy.resolve(file).toFile());
    json.writeValue(copy.resolve(file).toFile(), config.put(field, value));
    return copy;
  }
}
