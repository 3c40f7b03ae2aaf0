package org.sparklora.bench.gpu;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sparklora.lora.format.PeftAdapterFile;
import org.sparklora.util.ContentHash;

/**
 * The same training, run again, with two workers at once, and killed and resumed: the adapters must
 * have the same bytes.
 */
final class SameBytes implements Part {
  private static final int STEPS = 6;
  private static final int KILLED_AFTER = 2;

  @Override
  public String name() {
    return "bytes";
  }

  @Override
  public List<Row> run(Node node) throws IOException, InterruptedException {
    List<Row> rows = new ArrayList<>();
    for (String precision : List.of("no", "fp16")) {
      String first = train(node, precision, "first", 1);
      rows.add(Row.measured(name(), precision + ", SHA-256", first));
      rows.add(same(precision + ", run again", first, train(node, precision, "again", 1)));
      rows.add(same(precision + ", two workers", first, train(node, precision, "two", 2)));
      rows.add(same(precision + ", killed and resumed", first, killed(node, precision)));
    }
    return rows;
  }

  private Row same(String what, String expected, String found) {
    boolean kept = found.equals(expected);
    return Row.promise(name(), what, kept ? "same bytes" : "other bytes: " + found, kept);
  }

  private static String train(Node node, String precision, String run, int slots)
      throws IOException, InterruptedException {
    Path output = output(node, precision, run);
    node.run("train-" + precision + "-" + run, node.spark(slots), arguments(node, precision, run));
    return hash(output);
  }

  /** Kills the training after a checkpoint, with all its processes, and lets it go on. */
  private static String killed(Node node, String precision)
      throws IOException, InterruptedException {
    Path output = output(node, precision, "killed");
    List<String> arguments = arguments(node, precision, "killed");
    Command command = node.start("train-" + precision + "-killed", node.spark(1), arguments);
    boolean killed =
        command.killWhen(() -> Files.exists(output.resolve("checkpoint-" + KILLED_AFTER)));
    if (!killed) {
      command.requireSuccess();
      throw new CommandFailedException("The training was over before it could be killed");
    }
    if (Files.exists(output.resolve(PeftAdapterFile.NAME))) {
      throw new CommandFailedException("The training was killed after its end");
    }
    arguments.add("--resume_from_checkpoint=latest");
    node.run("train-" + precision + "-resumed", node.spark(1), arguments);
    return hash(output);
  }

  private static Path output(Node node, String precision, String run) {
    return node.scratch().resolve("trained-" + precision + "-" + run);
  }

  private static List<String> arguments(Node node, String precision, String run) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train",
                "--pretrained_model_name_or_path=" + node.model(),
                "--dataset_name=" + node.home().resolve("src/quickstart/ink"),
                "--output_dir=" + output(node, precision, run),
                "--latent_cache_dir=" + node.scratch().resolve("latents"),
                "--max_train_samples=8",
                "--resolution=128",
                "--center_crop",
                "--train_batch_size=2",
                "--num_workers=2",
                "--rank=4",
                "--max_train_steps=" + STEPS,
                "--checkpointing_steps=" + KILLED_AFTER,
                "--report_to=none"));
    arguments.addAll(node.precision(precision));
    return arguments;
  }

  private static String hash(Path output) throws IOException {
    try (InputStream in = Files.newInputStream(output.resolve(PeftAdapterFile.NAME))) {
      return ContentHash.sha256(in);
    }
  }
}
