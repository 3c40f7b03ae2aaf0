package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.model.Network;

/** A small SDXL: all three networks and both token embeddings are trained, and drawn with. */
@Tag("slow")
class XlTrainingIT {
  private static final String MODEL = "src/test/resources/golden/sdxl/model";
  private static final String LORA = "pytorch_lora_weights.safetensors";
  private static final String TOKEN = "learned_embeds.safetensors";

  @TempDir private Path folder;

  @Test
  void everyNetworkHasTheSameBytesWithOneWorkerWithTwoAndAfterAKill() throws IOException {
    String[] flags = {
      "--train_text_encoder",
      "--random_flip",
      "--enable_bucket",
      "--min_bucket_reso=64",
      "--bucket_reso_steps=8",
      "--num_workers=2",
      "--max_train_steps=4",
      "--checkpointing_steps=2"
    };
    Path one = run("train", "one", "local[1]", flags);
    Path two = run("train", "two", "local[2]", flags);
    byte[] expected = Files.readAllBytes(one.resolve(LORA));
    assertThat(two.resolve(LORA)).hasBinaryContent(expected);
    Files.delete(two.resolve(LORA));
    deleteAll(two.resolve("checkpoint-4"));
    run("train", "two", "local[1]", with(flags, "--resume_from_checkpoint=latest"));
    assertThat(two.resolve(LORA)).hasBinaryContent(expected);
    Adapter adapter = AdapterFile.read(one).adapter();
    EnumSet<Network> networks = EnumSet.noneOf(Network.class);
    adapter.modules().forEach(module -> networks.add(module.network()));
    assertThat(networks).containsExactly(Network.values());
    assertThat(adapter.modules())
        .filteredOn(XlTrainingIT::isUnread)
        .hasSize(4)
        .allSatisfy(module -> assertThat(module.up()).containsOnly(0));
    assertThat(adapter.modules())
        .filteredOn(module -> !isUnread(module))
        .allSatisfy(module -> assertThat(module.up()).isNotEqualTo(new float[module.up().length]));
  }

  /** The last layer of the first text encoder, of three. */
  private static boolean isUnread(AdaptedModule module) {
    return module.network() == Network.TEXT_ENCODER && module.name().contains("layers.2.");
  }

  @Test
  void aTokenIsLearnedInBothEmbeddingsAndDrawnWith() throws IOException {
    Path trained =
        run(
            "textual-inversion",
            "token",
            "local[1]",
            "--placeholder_token=<toy>",
            "--initializer_token=toy",
            "--num_vectors=2",
            "--learnable_property=object",
            "--max_train_steps=2");
    assertThat(trained.resolve(TOKEN)).exists();
    assertThat(AdapterFile.read(trained).adapter().tokens())
        .extracting(LearnedToken::token, LearnedToken::encoder)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("<toy>", Network.TEXT_ENCODER),
            org.assertj.core.groups.Tuple.tuple("<toy>", Network.TEXT_ENCODER_2));
    assertThat(draw(trained, "a <toy>")).isNotEqualTo(draw(trained, "a thing"));
  }

  private byte[] draw(Path adapter, String prompt) throws IOException {
    Path pictures = Files.createTempDirectory(folder, "pictures");
    CommandRun run =
        CommandRun.of(
            "generate",
            "--pretrained_model_name_or_path=" + MODEL,
            "--adapter=" + adapter,
            "--prompt=" + prompt,
            "--height=64",
            "--width=64",
            "--original_size=512,512",
            "--num_inference_steps=2",
            "--output_dir=" + pictures);
    assertThat(run.code()).as(run.err()).isZero();
    return Files.readAllBytes(pictures.resolve("00000-0.png"));
  }

  private static String[] with(String[] flags, String flag) {
    List<String> all = new ArrayList<>(List.of(flags));
    all.add(flag);
    return all.toArray(new String[0]);
  }

  private Path run(String command, String name, String master, String... flags) {
    Path out = folder.resolve(name);
    List<Object> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(SmallRun.flags(MODEL, SmallRun.DATA, 6, out));
    arguments.add("--master=" + master);
    arguments.add("--latent_cache_dir=" + folder.resolve("latents"));
    arguments.addAll(List.of(flags));
    CommandRun run = CommandRun.of(arguments.toArray());
    assertThat(run.code()).as(run.err()).isZero();
    return out;
  }

  private static void deleteAll(Path path) throws IOException {
    try (var files = Files.walk(path)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }
}
