package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.TestDataset;

/** DreamBooth on the embedded model: three pictures of a subject, five drawn ones of its class. */
class DreamBoothIT {
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";
  private static final String TWO_A_STEP = "--gradient_accumulation_steps=2";

  @TempDir private static Path folder;

  private static byte[] expected;
  private static SortedMap<String, ByteBuffer> classImages;

  @BeforeAll
  static void trainUndisturbed() throws IOException {
    Path subject = Files.createDirectories(folder.resolve("subject"));
    Files.write(subject.resolve("a.png"), TestDataset.png(64, 64, 0x3060ff));
    Files.write(subject.resolve("b.png"), TestDataset.png(70, 64, 0x2050ee));
    Files.write(subject.resolve("c.png"), TestDataset.png(64, 90, 0x4070ff));
    Path out = folder.resolve("one");
    CommandRun run = withPrior("class", out, "local-cluster[1,1,1024]", TWO_A_STEP);
    assertThat(run.code()).as(run.err()).isZero();
    expected = adapter(out);
    classImages = pictures(folder.resolve("class"));
    assertThat(classImages).hasSize(5);
  }

  @Test
  void twoExecutorsDrawTheSameClassAndTrainTheSameBytes() throws IOException {
    Path out = folder.resolve("two");
    CommandRun run = withPrior("class-of-two", out, "local-cluster[2,1,1024]", "--num_workers=2");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(pictures(folder.resolve("class-of-two"))).isEqualTo(classImages);
    assertThat(adapter(out)).isEqualTo(expected);
  }

  /** As after a kill while the class was drawn, and one after each step. */
  @Test
  void aRunBegunAgainAndAgainGivesTheSameBytes() throws IOException {
    Path images = Files.createDirectories(folder.resolve("class-begun"));
    for (String name : classImages.keySet()) {
      if (!name.startsWith("1-") && !name.startsWith("4-")) {
        Files.write(images.resolve(name), classImages.get(name).array());
      }
    }
    Path out = folder.resolve("again");
    for (int step = 1; step <= 3; step++) {
      CommandRun run =
          withPrior(
              "class-begun",
              out,
              "local[1]",
              TWO_A_STEP,
              "--checkpointing_steps=1",
              "--max_train_steps=" + step,
              "--resume_from_checkpoint=latest");
      assertThat(run.code()).as(run.err()).isZero();
      assertThat(Arrays.equals(adapter(out), expected)).isEqualTo(step == 3);
    }
    assertThat(pictures(images)).isEqualTo(classImages);
  }

  @Test
  void thePriorIsPartOfTheRecipe() {
    Path out = folder.resolve("changed");
    String[] step = {"--max_train_steps=1", "--checkpointing_steps=1"};
    assertThat(withPrior("class", out, "local[1]", step).code()).isZero();
    String[] weight = {"--prior_loss_weight=0.5", "--resume_from_checkpoint=latest"};
    CommandRun early = withPrior("class", out, "local[1]", weight);
    assertThat(early.code()).isEqualTo(2);
    assertThat(early.err()).contains("prior_loss_weight was 1.0 and is now 0.5");
    String[] prompt = {"--class_prompt=a pear", "--resume_from_checkpoint=latest"};
    CommandRun encoded = withPrior("class", out, "local[1]", prompt);
    assertThat(encoded.code()).isEqualTo(2);
    assertThat(encoded.err())
        .contains("latent cache of class images (--class_data_dir, --class_prompt) was ");
  }

  @Test
  @Tag("slow")
  void withoutThePriorAndWithTheTextEncoderOtherBytesComeOut() throws IOException {
    Path alone = folder.resolve("alone");
    assertThat(dreambooth(alone, "local[1]", TWO_A_STEP).code()).isZero();
    assertThat(adapter(alone)).hasSameSizeAs(expected).isNotEqualTo(expected);
    List<byte[]> both = new ArrayList<>();
    for (String master : List.of("local[1]", "local[2]")) {
      Path out = folder.resolve("both-" + both.size());
      CommandRun run =
          withPrior("class", out, master, "--num_workers=2", "--train_text_encoder=true");
      assertThat(run.code()).as(run.err()).isZero();
      both.add(adapter(out));
    }
    assertThat(both.get(0).length).isGreaterThan(expected.length);
    assertThat(both.get(1)).isEqualTo(both.get(0));
  }

  @Test
  void theCardSaysHowTheSubjectIsCalled() throws IOException {
    assertThat(Files.readString(folder.resolve("one/README.md")))
        .contains("instance_prompt: \"a sks dot\"", "trained with DreamBooth")
        .contains("`with_prior_preservation true`", "`class_prompt red apple`");
    assertThat(folder.resolve("one/report.html")).exists();
  }

  @Test
  void refusesPicturesWithoutCaptionAndBadClassImages() throws IOException {
    Path out = folder.resolve("bad");
    CommandRun run =
        CommandRun.of(
            "dreambooth",
            "--pretrained_model_name_or_path=" + SmallRun.MODEL,
            "--instance_data_dir=" + folder.resolve("subject"),
            "--with_prior_preservation",
            "--class_data_dir=" + Files.createFile(folder.resolve("file")),
            "--class_prompt=red apple",
            "--output_dir=" + out);
    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err())
        .contains("Missing captions: ")
        .contains("or give --instance_prompt")
        .contains("Cannot write to --class_data_dir: ");
    assertThat(out.resolve(ADAPTER)).doesNotExist();
  }

  @Test
  void classImagesCannotBeDrawnFromNoPrompt() {
    Path out = folder.resolve("promptless");
    CommandRun run =
        CommandRun.of(
            "dreambooth",
            "--pretrained_model_name_or_path=" + SmallRun.MODEL,
            "--instance_data_dir=" + folder.resolve("subject"),
            "--instance_prompt=a sks dot",
            "--with_prior_preservation",
            "--class_data_dir=" + folder.resolve("nothing yet"),
            "--output_dir=" + out);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err())
        .contains("Missing --class_prompt: it is the prompt for the 100 class images");
    assertThat(out.resolve(ADAPTER)).doesNotExist();
  }

  private static CommandRun withPrior(String images, Path out, String master, String... flags) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--with_prior_preservation",
                "--class_data_dir=" + folder.resolve(images),
                "--class_prompt=red apple",
                "--num_class_images=5",
                "--sample_batch_size=2"));
    LaterFlags.add(all, flags);
    return dreambooth(out, master, all.toArray(new String[0]));
  }

  private static CommandRun dreambooth(Path out, String master, String... flags) {
    List<Object> args =
        new ArrayList<>(
            List.of(
                "dreambooth",
                "--pretrained_model_name_or_path=" + SmallRun.MODEL,
                "--instance_data_dir=" + folder.resolve("subject"),
                "--instance_prompt=a sks dot",
                "--resolution=64",
                "--random_flip",
                "--train_batch_size=1",
                "--learning_rate=1e-3",
                "--max_train_steps=3",
                "--seed=5",
                "--master=" + master,
                "--output_dir=" + out));
    LaterFlags.add(args, flags);
    return CommandRun.of(args.toArray());
  }

  private static byte[] adapter(Path out) throws IOException {
    return Files.readAllBytes(out.resolve(ADAPTER));
  }

  private static SortedMap<String, ByteBuffer> pictures(Path images) throws IOException {
    SortedMap<String, ByteBuffer> pictures = new TreeMap<>();
    try (Stream<Path> files = Files.list(images)) {
      for (Path file : files.toList()) {
        pictures.put(file.getFileName().toString(), ByteBuffer.wrap(Files.readAllBytes(file)));
      }
    }
    return pictures;
  }
}
