package org.sparklora.cli;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.sparklora.cli.option.GroupedOptions;

/** The flags that a command's help lists first, and those of them that are required. */
final class ImportantFlags {
  private static final String MODEL = "--pretrained_model_name_or_path";
  private static final String DATA = "--dataset_name";

  private static final List<String> TRAINING =
      List.of(
          MODEL,
          DATA,
          "--output_dir",
          "--max_train_steps",
          "--learning_rate",
          "--rank",
          "--resolution",
          "--train_batch_size",
          "--num_workers",
          "--validation_prompt");

  private static final Map<String, GroupedOptions> COMMANDS =
      Map.of(
          "train",
          new GroupedOptions(TRAINING, Set.of(MODEL, DATA)),
          "dreambooth",
          new GroupedOptions(with("--instance_prompt"), Set.of(MODEL, DATA)),
          "textual-inversion",
          new GroupedOptions(
              with("--placeholder_token", "--initializer_token"),
              Set.of(MODEL, DATA, "--placeholder_token", "--initializer_token")),
          "pivotal-tuning",
          new GroupedOptions(
              with("--placeholder_tokens", "--initializer_tokens"),
              Set.of(MODEL, DATA, "--placeholder_tokens", "--initializer_tokens")),
          "tune",
          new GroupedOptions(
              with("--search", "--trials", "--halving", "--validation_split"),
              Set.of(MODEL, DATA, "--search", "--validation_split")),
          "prepare",
          new GroupedOptions(
              List.of(MODEL, DATA, "--latent_cache_dir", "--resolution"),
              Set.of(MODEL, DATA, "--latent_cache_dir")),
          "generate",
          new GroupedOptions(
              List.of(
                  "--prompt",
                  "--prompts",
                  "--adapter",
                  "--output_dir",
                  MODEL,
                  "--num_images_per_prompt",
                  "--num_inference_steps",
                  "--guidance_scale",
                  "--seed",
                  "--height",
                  "--width"),
              Set.of()),
          "bench",
          new GroupedOptions(List.of(MODEL, "--resolution", "--train_batch_size"), Set.of(MODEL)));

  private ImportantFlags() {}

  private static List<String> with(String... others) {
    return Stream.concat(
            Stream.concat(TRAINING.stream().limit(2), Stream.of(others)), TRAINING.stream().skip(2))
        .toList();
  }

  /** Commands that have many flags, with the order of their help. */
  static Map<String, GroupedOptions> byCommand() {
    return COMMANDS;
  }
}
