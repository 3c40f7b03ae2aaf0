package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.TestDataset;

/** Two data sets in one run, one of them repeated, of two shapes of pictures. */
@Tag("long")
class DataSetsIT {
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";

  @TempDir private Path folder;

  @BeforeEach
  void writePictures() throws IOException {
    write("photos", 0x3060ff, 64, 64);
    write("photos/wide", 0x2050ee, 96, 64);
    write("scans", 0xff6030, 64, 64);
  }

  private void write(String name, int colour, int width, int height) throws IOException {
    Path place = Files.createDirectories(folder.resolve(name));
    for (int i = 0; i < 3; i++) {
      Path file = place.resolve("p" + i + ".png");
      Files.write(file, TestDataset.png(width, height, colour + 0x1010 * i));
      if (name.equals("scans")) {
        Files.writeString(place.resolve("p" + i + ".txt"), "a scan, red, number " + i);
      }
    }
  }

  /** One worker without a break; then two executors, and a resume by two threads of one. */
  @Test
  void theAdapterHasTheSameBytesForAnyNumberOfWorkersAndAfterAResume() throws IOException {
    Path one = folder.resolve("one");
    CommandRun run = train(one, "local[1]", 3);
    assertThat(run.code()).as(run.err()).isZero();
    Path two = folder.resolve("two");
    run = train(two, "local-cluster[2,1,1024]", 3, "--max_train_steps=2");
    assertThat(run.code()).as(run.err()).isZero();
    run = train(two, "local[2]", 3);
    assertThat(run.code()).as(run.err()).isZero();
    byte[] expected = Files.readAllBytes(one.resolve(ADAPTER));
    assertThat(two.resolve(ADAPTER)).hasBinaryContent(expected);

    // A cache for each data set, where each picture is once, and one that joins them.
    try (Stream<Path> caches = Files.list(one.resolve("latents"))) {
      assertThat(caches).hasSize(3);
    }
    assertThat(Files.readString(one.resolve("README.md")))
        .contains(folder.resolve("photos").toString(), folder.resolve("scans").toString());

    run = train(two, "local[2]", 1);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("num_repeats of --data_sets was 3,1 and is now ");
    Path other = folder.resolve("other");
    run = train(other, "local[1]", 2);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(Files.readAllBytes(other.resolve(ADAPTER))).isNotEqualTo(expected);
  }

  /** Photos at two sizes, and scans that keep the model as it is. */
  @Test
  void regularisationAndTwoResolutionsGiveTheSameBytesForAnyNumberOfExecutors() throws IOException {
    String[] weight = {"--prior_loss_weight=0.5"};
    Path one = folder.resolve("reg-one");
    CommandRun run = regularised(one, "local[1]", weight);
    assertThat(run.code()).as(run.err()).isZero();
    Path two = folder.resolve("reg-two");
    run = regularised(two, "local[2]", "--prior_loss_weight=0.5", "--max_train_steps=2");
    assertThat(run.code()).as(run.err()).isZero();
    run = regularised(two, "local[2]", weight);
    assertThat(run.code()).as(run.err()).isZero();
    byte[] expected = Files.readAllBytes(one.resolve(ADAPTER));
    assertThat(two.resolve(ADAPTER)).hasBinaryContent(expected);
    run = regularised(two, "local[2]");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("prior_loss_weight was 0.5 and is now 1.0");
    Path other = folder.resolve("reg-other");
    run = regularised(other, "local[1]");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(Files.readAllBytes(other.resolve(ADAPTER))).isNotEqualTo(expected);
  }

  private CommandRun regularised(Path out, String master, String... flags) {
    String photos = folder.resolve("photos").toString();
    List<Object> args =
        new ArrayList<>(
            List.of(
                "train",
                "--pretrained_model_name_or_path=" + SmallRun.MODEL,
                "--data_sets={dataset_name: \"%s\", instance_prompt: a photo}".formatted(photos),
                "--data_sets={dataset_name: \"%s\", instance_prompt: a photo, resolution: 96}"
                    .formatted(photos),
                "--data_sets={dataset_name: \"%s\", is_reg: true}"
                    .formatted(folder.resolve("scans")),
                "--resolution=64",
                "--train_batch_size=2",
                "--learning_rate=1e-3",
                "--num_workers=2",
                "--max_train_steps=5",
                "--checkpointing_steps=2",
                "--resume_from_checkpoint=latest",
                "--seed=5",
                "--master=" + master,
                "--output_dir=" + out));
    LaterFlags.add(args, flags);
    return CommandRun.of(args.toArray());
  }

  private CommandRun train(Path out, String master, int repeats, String... flags) {
    List<Object> args =
        new ArrayList<>(
            List.of(
                "train",
                "--pretrained_model_name_or_path=" + SmallRun.MODEL,
                "--data_sets={dataset_name: \"%s\", num_repeats: %d, instance_prompt: a photo}"
                    .formatted(folder.resolve("photos"), repeats),
                "--data_sets={dataset_name: \"%s\", random_flip: true}"
                    .formatted(folder.resolve("scans")),
                "--enable_bucket",
                "--min_bucket_reso=64",
                "--bucket_reso_steps=32",
                "--max_bucket_reso=128",
                "--resolution=64",
                "--train_batch_size=2",
                "--shuffle_caption",
                "--validation_split=0.2",
                "--validation_steps=2",
                "--learning_rate=1e-3",
                "--num_workers=2",
                "--max_train_steps=4",
                "--checkpointing_steps=2",
                "--resume_from_checkpoint=latest",
                "--seed=5",
                "--master=" + master,
                "--output_dir=" + out));
    LaterFlags.add(args, flags);
    return CommandRun.of(args.toArray());
  }
}
