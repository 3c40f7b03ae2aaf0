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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.TestDataset;

/** {@code --cache_captions} on the command line changes no byte of an adapter. */
@Tag("long")
class CachedCaptionsIT {
  private static final String XL = "src/test/resources/golden/sdxl/model";
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";
  private static final int SAMPLES = 6;

  @TempDir private Path folder;

  @Test
  void anAdapterOfTheEmbeddedModelHasTheSameBytes() throws IOException {
    changesNothing(
        "train",
        SmallRun.flags(SmallRun.MODEL, SmallRun.DATA, SAMPLES, folder.resolve("out")),
        "--caption_dropout_rate=0.3",
        "--validation_split=0.2",
        "--validation_steps=2",
        "--mixed_precision=bf16");
  }

  @Test
  void anAdapterOfSdxlHasTheSameBytes() throws IOException {
    changesNothing(
        "train",
        SmallRun.flags(XL, SmallRun.DATA, SAMPLES, folder.resolve("out")),
        "--caption_dropout_rate=0.3",
        "--random_flip",
        "--enable_bucket",
        "--min_bucket_reso=64",
        "--bucket_reso_steps=8");
  }

  @Test
  void anAdapterOfASubjectBesideItsClassHasTheSameBytes() throws IOException {
    Path subject = Files.createDirectories(folder.resolve("subject"));
    for (int i = 0; i < 2; i++) {
      Files.write(subject.resolve(i + ".png"), TestDataset.noise(64, 64, i));
    }
    changesNothing(
        "dreambooth",
        List.of(
            "--pretrained_model_name_or_path=" + XL,
            "--instance_data_dir=" + subject,
            "--instance_prompt=a sks dot",
            "--resolution=64",
            "--train_batch_size=1",
            "--seed=5",
            "--output_dir=" + folder.resolve("out")),
        "--with_prior_preservation",
        "--class_data_dir=" + folder.resolve("class"),
        "--class_prompt=a dot",
        "--num_class_images=2",
        "--num_inference_steps=2");
  }

  private void changesNothing(String command, List<String> flags, String... more)
      throws IOException {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(flags);
    all.addAll(List.of(more));
    all.addAll(
        List.of(
            "--num_workers=2",
            "--max_train_steps=4",
            "--master=local[2]",
            "--overwrite_output_dir",
            "--latent_cache_dir=" + folder.resolve("latents")));
    byte[] expected = adapter(all);
    assertThat(captions()).isEmpty();
    all.add("--cache_captions");
    assertThat(adapter(all)).as("captions are encoded").isEqualTo(expected);
    Map<Path, Object> stored = captions();
    assertThat(stored).hasSizeGreaterThan(1);
    assertThat(adapter(all)).as("captions are there").isEqualTo(expected);
    assertThat(captions()).as("nothing is written again").isEqualTo(stored);
    for (Path file : stored.keySet()) {
      byte[] damaged = Files.readAllBytes(file);
      damaged[damaged.length / 2] ^= 1;
      Files.write(file, damaged);
    }
    assertThat(adapter(all)).as("all are damaged").isEqualTo(expected);
  }

  private byte[] adapter(List<String> flags) throws IOException {
    CommandRun run = CommandRun.of(flags.toArray());
    assertThat(run.code()).as(run.err()).isZero();
    return Files.readAllBytes(folder.resolve("out").resolve(ADAPTER));
  }

  /** The files of captions, with the time of their last change. */
  private Map<Path, Object> captions() throws IOException {
    Map<Path, Object> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder.resolve("latents"))) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        if (file.getParent().getFileName().toString().startsWith("captions-")) {
          files.put(file, Files.getLastModifiedTime(file));
        }
      }
    }
    return files;
  }
}
