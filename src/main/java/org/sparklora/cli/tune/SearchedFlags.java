package org.sparklora.cli.tune;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.sparklora.cli.config.FlagKeys;
import org.sparklora.cli.config.Problems;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The flags of {@code train} and which of them may differ from trial to trial. */
public final class SearchedFlags {
  /** Groups of flags that say how an adapter is trained. */
  private static final Set<String> RECIPE =
      Set.of(
          "Training",
          "Attention",
          "Optimizer and learning rate",
          "Update rule",
          "Average",
          "Objective",
          "Noise",
          "Timesteps",
          "LoRA",
          "Text encoder",
          "Captions");

  /** Groups of flags that say what is trained on. */
  private static final Set<String> TRAINED_ON = Set.of("Model", "Data");

  /** Flags of these groups that may differ: the same pictures are encoded in another way. */
  private static final Set<String> ENCODED =
      Set.of(
          "resolution",
          "enable_bucket",
          "min_bucket_reso",
          "max_bucket_reso",
          "bucket_reso_steps",
          "bucket_no_upscale",
          "center_crop",
          "random_flip",
          "image_interpolation_mode",
          "alpha_mask",
          "caption_column",
          "caption_extension",
          "instance_prompt",
          "caption_dropout_rate");

  private static final String COMPARED = "losses of trials with different values say nothing";

  /** Flags of these groups that may not differ. */
  private static final Map<String, String> SAME =
      Map.of(
          "seed",
          "it chooses the held-out pictures and their noise, so " + COMPARED,
          "prediction_type",
          "it changes what the loss measures, so " + COMPARED,
          "zero_terminal_snr",
          "it changes the noise of the held-out pictures, so " + COMPARED,
          "max_token_length",
          "all trials share the base model, which reads captions of this length",
          "threads_per_worker",
          "the bits of the pictures' latents, which trials share, depend on it",
          "cache_captions",
          "it changes no result");

  private final FlagKeys keys;
  private final Map<String, String> groups = new HashMap<>();

  /**
   * @param train the command
   */
  public SearchedFlags(CommandSpec train) {
    this.keys = new FlagKeys(List.of(train));
    FlagKeys.groups(train)
        .forEach(
            (group, options) ->
                options.forEach(option -> groups.putIfAbsent(FlagKeys.key(option), group)));
  }

  /**
   * The flag's own name, if it may be searched.
   *
   * @param where the flag that names it, for the message
   * @param name any of its names, without dashes
   */
  Optional<String> searchable(Problems problems, String where, String name) {
    Optional<OptionSpec> option = keys.find(name.strip().replaceFirst("^--", ""));
    if (option.isEmpty()) {
      problems.add("Invalid " + where + ": " + name + "; train has no such flag." + meant(name));
      return Optional.empty();
    }
    String flag = FlagKeys.key(option.get());
    Optional<String> why = whySame(flag);
    why.ifPresent(reason -> problems.add("Invalid " + where + ": " + flag + "; " + reason));
    return why.isPresent() ? Optional.empty() : Optional.of(flag);
  }

  private String meant(String name) {
    return keys.didYouMean(name.strip());
  }

  private Optional<String> whySame(String flag) {
    String group = groups.getOrDefault(flag, "");
    if (ENCODED.contains(flag)) {
      return Optional.empty();
    }
    if (TRAINED_ON.contains(group)) {
      return Optional.of(
          "it says what is trained on, and all trials share that; run tune once for each value");
    }
    if (!RECIPE.contains(group)) {
      return Optional.of("it is no part of a recipe; give it once, for all trials");
    }
    return Optional.ofNullable(SAME.get(flag));
  }

  boolean isNumber(String flag) {
    Class<?> type = type(flag);
    return isWholeNumber(flag) || type == double.class || type == Double.class;
  }

  boolean isWholeNumber(String flag) {
    Class<?> type = type(flag);
    return type == int.class || type == Integer.class || type == long.class || type == Long.class;
  }

  private Class<?> type(String flag) {
    OptionSpec option = keys.find(flag).orElseThrow();
    return option.isMultiValue() ? List.class : option.auxiliaryTypes()[0];
  }
}
