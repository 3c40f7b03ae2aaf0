package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
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
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.lora.format.AdapterFile;

/** Textual inversion and pivotal tuning on the embedded model and real pictures. */
@Tag("long")
class TokenTrainingIT {
  private static final String LORA = "pytorch_lora_weights.safetensors";
  private static final String TOKEN = "learned_embeds.safetensors";

  @TempDir private Path folder;
  private int drawn;

  @Test
  @Tag("slow")
  void aTokenHasTheSameBytesWithTwoWorkersAndAfterAKill() throws IOException {
    Map<String, ByteBuffer> model = contents(Path.of(SmallRun.MODEL));
    String[] flags = {"--placeholder_token=<toy>", "--initializer_token=cat", "--num_vectors=2"};
    Path one = train("textual-inversion", "one", "local[1]", flags);
    Path two = train("textual-inversion", "two", "local[2]", with(flags, "--num_workers=2"));
    Map<String, ByteBuffer> expected = outputs(one);
    assertThat(expected).containsOnlyKeys(TOKEN, "learned_embeds.bin");
    assertThat(outputs(two)).isEqualTo(expected);
    assertThat(resumed("textual-inversion", one, "checkpoint-1", flags)).isEqualTo(expected);
    assertThat(one.resolve("checkpoint-2").resolve(TOKEN)).exists();
    Adapter adapter = AdapterFile.read(one).adapter();
    assertThat(adapter.modules()).isEmpty();
    assertThat(adapter.tokens()).extracting(LearnedToken::token).containsExactly("<toy>");
    assertThat(adapter.tokens().get(0).vectors()).hasDimensions(2, 96);
    assertThat(contents(Path.of(SmallRun.MODEL))).as("the base model").isEqualTo(model);
    assertThat(draw(one, "a photo of a <toy>")).isNotEqualTo(draw(one, "a photo of a cat"));
  }

  @Test
  void pivotalTuningHasTheSameBytesWithTwoWorkersAndAfterAKillInEachPart() throws IOException {
    String[] flags = {
      "--placeholder_tokens=<s1>|<s2>",
      "--initializer_tokens=cat|red",
      "--use_template=object",
      "--max_train_steps_ti=2",
      "--max_train_steps_tuning=2",
      "--continue_inversion"
    };
    Path one = train("pivotal-tuning", "one", "local[1]", flags);
    Path two = train("pivotal-tuning", "two", "local[2]", with(flags, "--num_workers=2"));
    Map<String, ByteBuffer> expected = outputs(one);
    assertThat(expected).containsKeys(LORA, TOKEN, "learned_embeds_1.bin", "lora.safetensors");
    assertThat(outputs(two)).isEqualTo(expected);
    for (String killedAfter : List.of("checkpoint-1", "checkpoint-3")) {
      assertThat(resumed("pivotal-tuning", one, killedAfter, flags)).isEqualTo(expected);
    }
    Adapter inversion = AdapterFile.read(one.resolve("checkpoint-2")).adapter();
    assertThat(inversion.modules()).allMatch(module -> isZero(module.up()));
    Adapter whole = AdapterFile.read(one).adapter();
    assertThat(whole.modules()).noneMatch(module -> isZero(module.up()));
    assertThat(whole.tokens()).extracting(LearnedToken::token).containsExactly("<s1>", "<s2>");
    convertsBothWays(one, whole);
    assertThat(draw(one, "a photo of <s1><s2>"))
        .isNotEqualTo(draw(one.resolve(LORA), "a photo of <s1><s2>"));
  }

  @Test
  void captionsWithoutTheTokenEndTheRunBeforeItTrains() {
    Path out = folder.resolve("captions");
    String[] flags = {
      "--placeholder_token=<toy>", "--initializer_token=cat", "--learnable_property=caption"
    };
    CommandRun run = CommandRun.of(arguments("textual-inversion", out, "local[1]", flags));
    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err())
        .contains(
            "Invalid captions: <toy> is in none of the 12 captions that were looked at, so it"
                + " cannot be learned");
    assertThat(out.resolve(TOKEN)).doesNotExist();
    run("textual-inversion", out, "local[1]", with(flags, "--caption_prefix=a <toy>"));
    assertThat(out.resolve(TOKEN)).exists();
  }

  private void convertsBothWays(Path trained, Adapter whole) {
    Path there = folder.resolve("there.safetensors");
    String[] one = {
      "convert", trained.toString(), "--format=cloneofsimo", "--output_file=" + there
    };
    assertThat(CommandRun.of((Object[]) one).code()).isZero();
    Path back = folder.resolve("back");
    String[] two = {"convert", there.toString(), "--format=diffusers", "--output_dir=" + back};
    assertThat(CommandRun.of((Object[]) two).code()).isZero();
    Adapter read = AdapterFile.read(back).adapter();
    assertThat(read.tokens()).usingRecursiveComparison().isEqualTo(whole.tokens());
    assertThat(read.modules()).hasSameSizeAs(whole.modules());
  }

  private static boolean isZero(float[] values) {
    for (float value : values) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }

  private Path train(String command, String name, String master, String... flags) {
    Path out = folder.resolve(name);
    run(command, out, master, flags);
    return out;
  }

  /** As if the run had been killed after a checkpoint: what came later is not there. */
  private Map<String, ByteBuffer> resumed(
      String command, Path out, String checkpoint, String... flags) throws IOException {
    int kept = Integer.parseInt(checkpoint.replaceFirst("\\D+", ""));
    for (String name : outputs(out).keySet()) {
      Files.delete(out.resolve(name));
    }
    for (int step = kept + 1; step <= 4; step++) {
      Files.deleteIfExists(out.resolve("checkpoint-" + step).resolve("manifest.json"));
    }
    run(command, out, "local[2]", with(flags, "--resume_from_checkpoint=" + checkpoint));
    return outputs(out);
  }

  private static void run(String command, Path out, String master, String... flags) {
    CommandRun run = CommandRun.of(arguments(command, out, master, flags));
    assertThat(run.code()).as(run.err()).isZero();
  }

  private static Object[] arguments(String command, Path out, String master, String... flags) {
    List<String> args =
        new ArrayList<>(
            List.of(
                command,
                "--master=" + master,
                "--pretrained_model_name_or_path=" + SmallRun.MODEL,
                "--dataset_name=" + SmallRun.DATA,
                "--max_train_samples=12",
                "--resolution=64",
                "--train_batch_size=1",
                "--gradient_accumulation_steps=2",
                "--learning_rate=1e-3",
                "--lr_scheduler=constant",
                "--seed=5",
                "--max_train_steps=4",
                "--checkpointing_steps=1",
                "--output_dir=" + out));
    LaterFlags.add(args, flags);
    if (List.of(flags).contains("--num_workers=2")) {
      LaterFlags.add(args, "--gradient_accumulation_steps=1");
    }
    return args.toArray();
  }

  private byte[] draw(Path adapter, String prompt) throws IOException {
    Path pictures = folder.resolve("pictures-" + drawn++);
    CommandRun run =
        CommandRun.of(
            "generate",
            "--pretrained_model_name_or_path=" + SmallRun.MODEL,
            "--adapter=" + adapter,
            "--prompt=" + prompt,
            "--num_inference_steps=2",
            "--height=64",
            "--width=64",
            "--output_dir=" + pictures);
    assertThat(run.code()).as(run.err()).isZero();
    try (Stream<Path> files = Files.list(pictures)) {
      return Files.readAllBytes(
          files.filter(file -> file.toString().endsWith(".png")).findFirst().orElseThrow());
    }
  }

  private static String[] with(String[] flags, String more) {
    return Stream.concat(Stream.of(flags), Stream.of(more)).toArray(String[]::new);
  }

  /** The adapter's files. */
  private static Map<String, ByteBuffer> outputs(Path out) throws IOException {
    Map<String, ByteBuffer> outputs = contents(out);
    outputs.keySet().removeIf(name -> !name.matches("[^/.]+\\.(safetensors|bin)"));
    return outputs;
  }

  private static Map<String, ByteBuffer> contents(Path folder) throws IOException {
    Map<String, ByteBuffer> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.put(folder.relativize(file).toString(), ByteBuffer.wrap(Files.readAllBytes(file)));
      }
    }
    return contents;
  }
}
