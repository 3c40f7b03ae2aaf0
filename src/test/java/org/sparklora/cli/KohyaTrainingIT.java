package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.format.AdapterFile;

/** A run of a configuration of kohya's scripts, on the embedded base model. */
@Tag("long")
class KohyaTrainingIT {
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";
  private static final String COPY = "kohya/emoji.safetensors";

  private static final String CONFIG =
      """
      pretrained_model_name_or_path = "%s"
      output_name = "emoji"
      save_precision = "fp16"
      network_module = "networks.lora"
      network_dim = 4
      network_alpha = 2
      network_dropout = 0.2
      network_args = ["conv_dim=2", "conv_alpha=1", "rank_dropout=0.2", "module_dropout=0.1", "loraplus_lr_ratio=4"]
      unet_lr = 1e-3
      text_encoder_lr = 1e-4
      optimizer_type = "AdamWScheduleFree"
      optimizer_args = ["warmup_steps=2"]
      scale_weight_norms = 0.01
      clip_skip = 2
      max_token_length = 150
      v_parameterization = true
      zero_terminal_snr = true
      scale_v_pred_loss_like_noise_pred = true
      noise_offset = 0.1
      noise_offset_random_strength = true
      max_train_steps = 4
      seed = 5
      """;

  private static final String DATA =
      """
      [general]
      caption_extension = ".txt"
      shuffle_caption = true

      [[datasets]]
      resolution = 64

        [[datasets.subsets]]
        image_dir = "%s"

        [[datasets.subsets]]
        image_dir = "%s"
        num_repeats = 3
      """;

  @TempDir private Path folder;
  private final StringWriter err = new StringWriter();

  private int command(PrintWriter out, String... args) {
    return Application.run(out, new PrintWriter(err, true), args);
  }

  private void writePictures(Path pictures) throws IOException {
    Files.createDirectories(pictures);
    for (int i = 0; i < 6; i++) {
      BufferedImage picture = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
      for (int at = 0; at < 64 * 64; at++) {
        picture.setRGB(at % 64, at / 64, (at * (i + 3) * 2654435) & 0xffffff);
      }
      ImageIO.write(picture, "png", pictures.resolve("p" + i + ".png").toFile());
      Files.writeString(pictures.resolve("p" + i + ".txt"), "a book, red, number " + i);
    }
  }

  private Path configuration() throws IOException {
    Path pictures = folder.resolve("pictures");
    writePictures(pictures);
    Path few = folder.resolve("few");
    writePictures(few);
    Path config =
        Files.writeString(folder.resolve("config.toml"), CONFIG.formatted(SmallRun.MODEL));
    Path data = Files.writeString(folder.resolve("data.toml"), DATA.formatted(pictures, few));
    StringWriter yaml = new StringWriter();
    String[] args = {"config", "from-kohya", config.toString(), data.toString()};
    assertThat(command(new PrintWriter(yaml, true), args)).as(err.toString()).isZero();
    assertThat(yaml.toString()).doesNotContain("No equal here");
    return Files.writeString(folder.resolve("own.yaml"), yaml.toString());
  }

  private int train(Path config, Path out, String master, String... flags) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "train",
                "--config=" + config,
                "--output_dir=" + out,
                "--master=" + master,
                "--num_workers=4",
                "--checkpointing_steps=2",
                "--resume_from_checkpoint=latest"));
    args.addAll(List.of(flags));
    return command(new PrintWriter(new StringWriter()), args.toArray(new String[0]));
  }

  /** One worker without a break; then two executors, and a resume by two threads of one. */
  @Test
  void itsAdapterHasTheSameBytesWhereverItRunsAndHoweverOftenItStops() throws IOException {
    Path config = configuration();
    Path one = folder.resolve("one");
    assertThat(train(config, one, "local[1]")).as(err.toString()).isZero();
    Path two = folder.resolve("two");
    assertThat(train(config, two, "local-cluster[2,1,1024]", "--max_train_steps=2"))
        .as(err.toString())
        .isZero();
    assertThat(train(config, two, "local[2]")).as(err.toString()).isZero();
    for (String file : List.of(ADAPTER, COPY)) {
      assertThat(two.resolve(file)).hasBinaryContent(Files.readAllBytes(one.resolve(file)));
    }
    Adapter copy = AdapterFile.read(one.resolve(COPY)).adapter();
    assertThat(copy.metadata())
        .containsEntry("ss_output_name", "emoji")
        .containsEntry("ss_optimizer", "adamw_schedulefree")
        .containsEntry("ss_clip_skip", "2")
        .containsEntry("ss_max_token_length", "150");
    assertThat(copy.modules()).hasSameSizeAs(AdapterFile.read(one).adapter().modules());
    String[] others = {"--rank_dropout=0.1", "--scale_weight_norms=1", "--clip_skip=0"};
    assertThat(train(config, two, "local[2]", others)).isNotZero();
    assertThat(err.toString())
        .contains("rank_dropout was 0.2 and is now 0.1")
        .contains("scale_weight_norms was 0.01 and is now 1.0")
        .contains("clip_skip was 1 and is now (not set)");
  }
}
