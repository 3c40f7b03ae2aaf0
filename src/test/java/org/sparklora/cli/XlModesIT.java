package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.TestDataset;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.model.Network;

/** Every way to train and to draw, on a small SDXL. */
@Tag("long")
class XlModesIT {
  private static final String MODEL = "src/test/resources/golden/sdxl/model";
  private static final String LORA = "pytorch_lora_weights.safetensors";

  private static final String STEP = "--max_train_steps=1";
  private static final String TEXT = "--instance_prompt=dots";

  @TempDir private static Path folder;

  private static Path subject;

  @BeforeAll
  static void writePictures() throws IOException {
    subject = Files.createDirectories(folder.resolve("subject"));
    Files.write(subject.resolve("a.png"), TestDataset.noise(80, 64, 1));
    Files.write(subject.resolve("b.png"), TestDataset.noise(64, 64, 2));
  }

  @Test
  void dreamboothDrawsItsClassAndGoesOnToTheSameBytes() throws IOException {
    String[] flags = {
      "--instance_data_dir=" + subject,
      "--instance_prompt=a sks dot",
      "--with_prior_preservation",
      "--class_data_dir=" + folder.resolve("class"),
      "--class_prompt=a dot",
      "--num_class_images=2",
      "--num_inference_steps=2",
      "--train_text_encoder",
      "--checkpointing_steps=1"
    };
    Path straight = train("dreambooth", "straight", with(flags, "--max_train_steps=2"));
    Path stopped = train("dreambooth", "stopped", with(flags, "--max_train_steps=1"));
    assertThat(stopped.resolve(LORA)).isNotEmptyFile();
    train(
        "dreambooth",
        "stopped",
        with(flags, "--max_train_steps=2", "--resume_from_checkpoint=latest"));
    assertThat(stopped.resolve(LORA)).hasBinaryContent(bytes(straight));
    assertThat(networks(straight))
        .contains(Network.UNET, Network.TEXT_ENCODER, Network.TEXT_ENCODER_2);
  }

  @Test
  void pivotalTuningLearnsWordsInBothEmbeddingsAndThenTheNetworks() throws IOException {
    Path out =
        train(
            "pivotal-tuning",
            "pivotal",
            "--instance_data_dir=" + subject,
            "--placeholder_tokens=<s1>|<s2>",
            "--initializer_tokens=cat|red",
            "--use_template=object",
            "--train_text_encoder",
            "--max_train_steps_ti=1",
            "--max_train_steps_tuning=1");
    Adapter adapter = AdapterFile.read(out).adapter();
    assertThat(adapter.tokens())
        .extracting(LearnedToken::token)
        .containsExactlyInAnyOrder("<s1>", "<s1>", "<s2>", "<s2>");
    assertThat(networks(out)).contains(Network.TEXT_ENCODER_2);
    assertThat(draw("words", out, "a <s1> <s2>")).isNotEqualTo(draw("none", out, "a thing"));
  }

  @Test
  void eachSubjectHasTheBytesOfARunOfItsOwn() throws IOException {
    byte[] one = TestDataset.noise(64, 64, 3);
    byte[] two = TestDataset.noise(64, 72, 4);
    Path both = Files.createDirectories(folder.resolve("both"));
    Path alone = Files.createDirectories(folder.resolve("alone"));
    TestDataset.write(
        both.resolve("train.parquet"),
        TestDataset.HUGGING_FACE,
        List.of(TestDataset.row(one, "dog"), TestDataset.row(two, "fox")));
    TestDataset.write(
        alone.resolve("train.parquet"),
        TestDataset.HUGGING_FACE,
        List.of(TestDataset.row(two, "fox")));
    Path subjects =
        train(
            "dreambooth",
            "subjects",
            "--instance_data_dir=" + both,
            "--subject_column=text",
            "--instance_prompt=a photo of {subject}",
            "--max_train_steps=2");
    Path own =
        train(
            "dreambooth",
            "own",
            "--instance_data_dir=" + alone,
            "--instance_prompt=a photo of fox",
            "--max_train_steps=2");
    assertThat(subjects.resolve("fox").resolve(LORA)).hasBinaryContent(bytes(own));
  }

  /** A merged model draws what the model with the adapter draws, but for rounding. */
  @Test
  void doraOnConvolutionsIsDrawnWithAndMerged() throws IOException {
    Path out =
        train(
            "train",
            "dora",
            "--instance_data_dir=" + subject,
            "--instance_prompt=dots",
            "--use_dora",
            "--conv_rank=2",
            "--snr_gamma=5",
            "--prediction_type=v_prediction",
            "--max_train_steps=2");
    assertThat(AdapterFile.read(out).adapter().modules())
        .anySatisfy(module -> assertThat(module.name()).contains("conv1"))
        .allSatisfy(module -> assertThat(module.magnitude()).isPresent());
    Path merged = folder.resolve("merged");
    run(
        "merge",
        "--pretrained_model_name_or_path=" + MODEL,
        "--adapter=" + out,
        "--output_dir=" + merged);
    byte[] adapted = draw("adapted", out, "dots");
    byte[] whole =
        drawn(
            "whole",
            "--pretrained_model_name_or_path=" + merged,
            "--prompt=dots",
            "--num_inference_steps=2");
    assertThat(largestDifference(adapted, whole)).isLessThanOrEqualTo(1);
  }

  @Test
  void drawsFromAPictureWithoutGuidanceWithTwoAdaptersAndInTheWayOfDistillations()
      throws IOException {
    Path one = train("train", "first", "--instance_data_dir=" + subject, STEP, "--seed=1", TEXT);
    Path two = train("train", "second", "--instance_data_dir=" + subject, STEP, "--seed=2", TEXT);
    String model = "--pretrained_model_name_or_path=" + MODEL;
    String image = "--image=" + subject.resolve("a.png");
    byte[] plain = drawn("plain", model, "--prompt=dots", "--num_inference_steps=2");
    byte[] both =
        drawn(
            "two",
            model,
            "--prompt=dots",
            "--num_inference_steps=2",
            "--adapter=" + one,
            "--adapter=" + two);
    byte[] from =
        drawn("image", model, "--prompt=dots", "--num_inference_steps=4", image, "--strength=0.5");
    byte[] turbo =
        drawn(
            "turbo",
            model,
            "--prompt=dots",
            "--num_inference_steps=1",
            "--guidance_scale=0",
            "--scheduler=EulerAncestralDiscreteScheduler",
            "--scheduler_config=timestep_spacing=trailing");
    byte[] lcm =
        drawn(
            "lcm",
            model,
            "--prompt=dots",
            "--num_inference_steps=2",
            "--guidance_scale=1",
            "--scheduler=LCMScheduler");
    assertThat(List.of(plain, both, from, turbo, lcm)).doesNotHaveDuplicates();
  }

  private static List<Network> networks(Path trained) {
    return AdapterFile.read(trained).adapter().modules().stream()
        .map(AdaptedModule::network)
        .distinct()
        .toList();
  }

  private static byte[] bytes(Path trained) throws IOException {
    return Files.readAllBytes(trained.resolve(LORA));
  }

  private static byte[] draw(String name, Path adapter, String prompt) throws IOException {
    return drawn(
        name,
        "--pretrained_model_name_or_path=" + MODEL,
        "--adapter=" + adapter,
        "--prompt=" + prompt,
        "--num_inference_steps=2");
  }

  private static byte[] drawn(String name, String... flags) throws IOException {
    Path pictures = folder.resolve("pictures of " + name);
    List<String> arguments = new ArrayList<>(List.of(flags));
    if (arguments.stream().noneMatch(flag -> flag.startsWith("--image"))) {
      arguments.addAll(List.of("--height=64", "--width=64"));
    }
    arguments.add("--output_dir=" + pictures);
    run("generate", arguments.toArray(new String[0]));
    return Files.readAllBytes(pictures.resolve("00000-0.png"));
  }

  private static int largestDifference(byte[] one, byte[] other) throws IOException {
    BufferedImage first = ImageIO.read(new ByteArrayInputStream(one));
    BufferedImage second = ImageIO.read(new ByteArrayInputStream(other));
    int largest = 0;
    for (int y = 0; y < first.getHeight(); y++) {
      for (int x = 0; x < first.getWidth(); x++) {
        for (int shift = 0; shift < 24; shift += 8) {
          int a = first.getRGB(x, y) >> shift & 255;
          int b = second.getRGB(x, y) >> shift & 255;
          largest = Math.max(largest, Math.abs(a - b));
        }
      }
    }
    return largest;
  }

  private static Path train(String command, String name, String... flags) {
    Path out = folder.resolve(name);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--pretrained_model_name_or_path=" + MODEL,
                "--resolution=64",
                "--train_batch_size=1",
                "--learning_rate=1e-3",
                "--master=local[1]",
                "--output_dir=" + out));
    if (List.of(flags).stream().noneMatch(flag -> flag.startsWith("--seed"))) {
      arguments.add("--seed=5");
    }
    arguments.addAll(List.of(flags));
    run(command, arguments.toArray(new String[0]));
    return out;
  }

  private static void run(String command, String... flags) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of(flags));
    CommandRun run = CommandRun.of(arguments.toArray());
    assertThat(run.code()).as(command + ": " + run.err()).isZero();
  }

  private static String[] with(String[] flags, String... more) {
    List<String> all = new ArrayList<>(List.of(flags));
    all.addAll(List.of(more));
    return all.toArray(new String[0]);
  }
}
