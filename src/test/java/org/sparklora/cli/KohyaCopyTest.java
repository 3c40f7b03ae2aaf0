package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.cli.command.TrainCommand;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.lora.format.AdapterFormat;
import org.sparklora.model.file.TensorType;
import org.sparklora.spark.run.KohyaCopy;
import org.sparklora.spark.run.TrainingConfig;
import picocli.CommandLine;

/** The file that {@code --output_name} names. */
class KohyaCopyTest {
  private static final String LAYER = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k";

  @TempDir private Path folder;

  private static TrainingConfig config(String... flags) {
    List<TrainingConfig> made = new ArrayList<>();
    List<String> args =
        new ArrayList<>(List.of("--pretrained_model_name_or_path=/m", "--dataset_name=/d"));
    args.addAll(List.of(flags));
    assertThat(new CommandLine(new TrainCommand(made::add)).execute(args.toArray(String[]::new)))
        .isZero();
    return made.get(0);
  }

  @Test
  void itHasKohyasNamesAndSettingsAndThePrecisionAskedFor() throws IOException {
    TrainingConfig config =
        config(
            "--output_name=ohwx",
            "--save_precision=fp16",
            "--seed=5",
            "--learning_rate=2e-4",
            "--min_snr_gamma=5",
            "--clip_skip=1",
            "--max_train_steps=70");
    AdapterLayout layout =
        AdapterLayout.of(
            Map.of(LAYER + ".weight", new long[] {6, 768}),
            new LoraConfig(2, 1, 0, false, List.of("to_k")));
    float[] values = new float[layout.parameters()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i % 101 - 50) / 300f;
    }
    KohyaCopy copy = config.places().kohya().orElseThrow();
    assertThat(copy.path()).isEqualTo("kohya/ohwx.safetensors");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    copy.content(config, layout, values).writeTo(bytes);
    Path file = Files.write(folder.resolve("ohwx.safetensors"), bytes.toByteArray());
    AdapterFile read = AdapterFile.read(file.toString(), new Configuration());
    assertThat(read.format()).isEqualTo(AdapterFormat.KOHYA);
    assertThat(read.types()).contains(TensorType.F16);
    AdaptedModule module = read.adapter().modules().get(0);
    assertThat(module.name()).isEqualTo(LAYER);
    assertThat(module.alpha()).isEqualTo(1);
    for (int i = 0; i < module.down().length; i++) {
      assertThat(module.down()[i]).isCloseTo(values[i], within(1e-4f));
    }
    assertThat(read.adapter().metadata())
        .containsEntry("ss_output_name", "ohwx")
        .containsEntry("ss_base_model_version", "sd_v1")
        .containsEntry("ss_v2", "False")
        .containsEntry("ss_seed", "5")
        .containsEntry("ss_learning_rate", "2.0E-4")
        .containsEntry("ss_text_encoder_lr", "None")
        .containsEntry("ss_min_snr_gamma", "5.0")
        .containsEntry("ss_clip_skip", "2")
        .containsEntry("ss_max_train_steps", "70")
        .containsEntry("ss_resolution", "(512, 512)");
  }
}
