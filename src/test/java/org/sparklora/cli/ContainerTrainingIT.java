package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.data.ContainerRows;

/** Training from tars and from Arrow files, beside the same pictures as files. */
@Tag("long")
class ContainerTrainingIT {
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";

  @TempDir private Path folder;

  /** One executor, two, and the plain files, whose rows are the same in the same order. */
  @ParameterizedTest
  @ValueSource(strings = {"tars", "saved"})
  void theBytesAreThoseOfThePlainFilesForAnyNumberOfExecutors(String name) throws IOException {
    Path packed = ContainerRows.FIXTURES.resolve(name);
    Path plain = folder.resolve("plain");
    ContainerRows.unpack(name, plain);
    Path one = train("one", packed, "local-cluster[1,1,1024]");
    Path two = train("two", packed, "local-cluster[2,1,1024]");
    Path files = train("files", plain, "local[1]");
    byte[] expected = Files.readAllBytes(one.resolve(ADAPTER));
    assertThat(two.resolve(ADAPTER)).hasBinaryContent(expected);
    assertThat(files.resolve(ADAPTER)).hasBinaryContent(expected);
    assertThat(one.resolve("latents").toFile().list())
        .as("the data set is part of a cache's name")
        .isEqualTo(two.resolve("latents").toFile().list())
        .isNotEqualTo(files.resolve("latents").toFile().list());
  }

  private Path train(String name, Path data, String master) {
    Path out = folder.resolve(name);
    CommandRun run =
        CommandRun.of(
            "train",
            "--pretrained_model_name_or_path=" + SmallRun.MODEL,
            "--dataset_name=" + data,
            "--resolution=64",
            "--random_flip",
            "--train_batch_size=1",
            "--num_workers=2",
            "--learning_rate=1e-3",
            "--max_train_steps=3",
            "--seed=5",
            "--master=" + master,
            "--output_dir=" + out);
    assertThat(run.code()).as(run.err()).isZero();
    return out;
  }
}
