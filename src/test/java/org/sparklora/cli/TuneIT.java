package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.util.Json;

/** A sweep on the embedded model: four recipes, of which two go on, and then one. */
@Tag("long")
class TuneIT {
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";

  @TempDir private static Path folder;

  @Test
  void aTrialHasTheBytesOfARunOfItsOwnWhoeverTrainsIt() throws IOException {
    Path out = folder.resolve("two");
    CommandRun two = tune(out, "local[2]");
    assertThat(two.code()).as(two.err()).isZero();
    JsonNode found = json(out);
    assertThat(found.get("rungs")).hasToString("[1,2,4]");
    assertThat(ended(found)).containsExactlyInAnyOrder("finished", "stopped", "stopped", "stopped");
    assertThat(out.resolve("latents").toFile().list()).as("prepared once").hasSize(1);
    assertThat(Files.readString(out.resolve("tune.html")))
        .contains("a cat face", "held-out loss", "trial 4")
        .doesNotContain("<script");

    Path one = folder.resolve("one");
    CommandRun alone = tune(one, "local[1]");
    assertThat(alone.code()).as(alone.err()).isZero();
    assertThat(json(one)).isEqualTo(found);

    for (JsonNode trial : found.get("trials")) {
      Path own = train(trial);
      Path adapter = out.resolve(trial.get("adapter").asText());
      assertThat(adapter).hasBinaryContent(bytes(own, trial.get("steps").asLong()));
      if (trial.get("trial").asInt() == found.get("best").asInt()) {
        assertThat(out.resolve(ADAPTER)).hasSameBinaryContentAs(own.resolve(ADAPTER));
        assertThat(Files.readString(out.resolve("README.md")))
            .contains("`rank " + trial.get("flags").get("rank").asText() + "`");
      }
    }
    resumed(out, found);
  }

  @Test
  void trialsMayBeOfDifferentAlgorithms() throws IOException {
    Path out = folder.resolve("algorithms");
    List<Object> args = new ArrayList<>(List.of("tune", "--master=local[2]"));
    args.addAll(common(out));
    args.addAll(
        List.of(
            "--search=algo=loha,lokr",
            "--rank=2",
            "--validation_prompt=a cat face",
            "--num_validation_images=1",
            "--num_inference_steps=2"));
    LaterFlags.add(args, "--max_train_steps=2");
    CommandRun run = CommandRun.of(args.toArray());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(ended(json(out))).containsExactly("finished", "finished");
    assertThat(Files.readString(out.resolve("tune.html"))).contains("a cat face");
    assertThat(AdapterFile.read(out).adapter().metadata().get("modules_of_other_kinds"))
        .matches("\\d+ Lo(Ha|Kr)");
  }

  /** As if the run had been killed in its last rung. */
  private static void resumed(Path out, JsonNode found) throws IOException {
    byte[] best = Files.readAllBytes(out.resolve(ADAPTER));
    String name = String.format("trial-%03d", found.get("best").asInt());
    Files.delete(out.resolve(ADAPTER));
    Files.delete(out.resolve(name).resolve(ADAPTER));
    Path record = out.resolve(name).resolve("trial.json");
    Files.writeString(record, Files.readString(record).replace("[ 1, 2, 4 ]", "[ 1, 2 ]"));
    CommandRun other = tune(out, "local[2]", "--resume_from_checkpoint=latest", "--halving=4");
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err()).contains("--halving was 2 and is now 4");
    CommandRun again = tune(out, "local[2]", "--resume_from_checkpoint=latest");
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(out.resolve(ADAPTER)).hasBinaryContent(best);
    assertThat(json(out).get("best")).isEqualTo(found.get("best"));
    for (JsonNode trial : found.get("trials")) {
      boolean isBest = trial.get("trial").equals(found.get("best"));
      String other1 = String.format("trial-%03d", trial.get("trial").asInt());
      assertThat(out.resolve(other1).resolve("_lease/4.json").toFile().exists()).isEqualTo(isBest);
    }
  }

  private static CommandRun tune(Path out, String master, String... flags) {
    List<Object> args = new ArrayList<>(List.of("tune", "--master=" + master));
    args.addAll(common(out));
    args.addAll(
        List.of(
            "--search=learning_rate=1e-3,1e-2",
            "--search=rank=2,4",
            "--halving=2",
            "--validation_prompt=a cat face",
            "--num_validation_images=1",
            "--num_inference_steps=2"));
    LaterFlags.add(args, flags);
    return CommandRun.of(args.toArray());
  }

  /** Trains with a trial's flags, and keeps every step. */
  private static Path train(JsonNode trial) {
    Path out = folder.resolve("own-" + trial.get("trial").asInt());
    List<Object> args = new ArrayList<>(List.of("train", "--master=local[2]"));
    args.addAll(common(out));
    args.add("--checkpointing_steps=1");
    args.add("--latent_cache_dir=" + folder.resolve("two/latents"));
    LaterFlags.add(
        args,
        "--learning_rate=" + trial.get("flags").get("learning_rate").asText(),
        "--rank=" + trial.get("flags").get("rank").asText());
    CommandRun run = CommandRun.of(args.toArray());
    assertThat(run.code()).as(run.err()).isZero();
    return out;
  }

  private static byte[] bytes(Path own, long step) throws IOException {
    return Files.readAllBytes(own.resolve("checkpoint-" + step).resolve(ADAPTER));
  }

  private static List<String> common(Path out) {
    List<String> flags = new ArrayList<>(SmallRun.flags(SmallRun.MODEL, SmallRun.DATA, 10, out));
    flags.addAll(
        List.of(
            "--num_workers=2",
            "--random_flip",
            "--max_train_steps=4",
            "--validation_split=0.3",
            "--validation_steps=1"));
    return flags;
  }

  private static JsonNode json(Path out) throws IOException {
    return Json.JSON.readTree(out.resolve("tune.json").toFile());
  }

  private static List<String> ended(JsonNode found) {
    List<String> ended = new ArrayList<>();
    found.get("trials").forEach(trial -> ended.add(trial.get("ended").asText()));
    return ended;
  }
}
