package org.sparklora.cli.kohya;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.sparklora.util.NearestName;

/**
 * Makes a configuration of {@code train} of the settings of their {@code train_network.py}. Where
 * their default is another one than here, it is written out.
 */
public final class KohyaConversion {
  /** What stands for "not set" in their files. */
  private static final Set<String> OFF = Set.of("", "false", "0", "0.0", "None", "none");

  private final Map<String, KohyaKey> keys = KohyaKey.all();
  private final KohyaSettings settings;
  private final List<KohyaSubset> subsets;
  private final CarriedOver result = new CarriedOver();

  private KohyaConversion(KohyaSettings settings, List<KohyaSubset> subsets) {
    this.settings = settings;
    this.subsets = subsets;
  }

  /**
   * Carries settings over.
   *
   * @param subsets of the data set file; empty where the settings themselves name the folders
   */
  static CarriedOver of(KohyaSettings settings, List<KohyaSubset> subsets) {
    KohyaConversion conversion = new KohyaConversion(settings, subsets);
    conversion.convert();
    return conversion.result;
  }

  private void convert() {
    settings
        .text("pretrained_model_name_or_path")
        .ifPresent(model -> result.put("pretrained_model_name_or_path", model));
    KohyaData data = KohyaData.of(settings, subsets);
    data.carryOver(result);
    KohyaNetwork.carryOver(settings, result);
    KohyaOptimizer.carryOver(settings, result);
    length();
    objective();
    files();
    KohyaSettings all = data.allSettings();
    all.names().forEach(name -> rest(name, all));
  }

  private void length() {
    Optional<String> epochs = settings.text("max_train_epochs");
    if (epochs.isPresent()) {
      result.put(
          "num_train_epochs",
          String.valueOf(settings.number("max_train_epochs").orElseThrow().longValue()));
    } else {
      result.put("max_train_steps", settings.text("max_train_steps", "1600"));
    }
    result.put("mixed_precision", settings.text("mixed_precision", "no"));
    settings
        .number("clip_skip")
        .filter(layers -> layers > 1)
        .ifPresent(layers -> result.put("clip_skip", String.valueOf(layers.longValue() - 1)));
  }

  private void objective() {
    if (settings.isOn("v_parameterization")) {
      result.put("prediction_type", "v_prediction");
    }
    String loss = settings.text("loss_type", "l2");
    if (loss.equals("l1")) {
      result.missing("loss_type", loss, "losses are l2, huber and smooth_l1");
    } else if (!loss.equals("l2")) {
      result.put("loss_type", loss);
      for (String name : List.of("huber_schedule", "huber_c", "huber_scale")) {
        settings.text(name).ifPresent(value -> result.put(name, value));
      }
    }
  }

  private void files() {
    settings
        .text("output_dir")
        .ifPresent(
            folder ->
                result.put(
                    "output_dir",
                    folder + settings.text("output_name").map(name -> "/" + name).orElse("")));
    String name = settings.text("output_name", "last");
    settings
        .text("save_precision")
        .ifPresent(precision -> result.put("save_precision", precision.replace("float", "fp32")));
    if (settings.has("output_name") || settings.has("save_precision")) {
      result.put("output_name", name);
    }
    settings
        .text("save_model_as")
        .filter(format -> !format.equals("safetensors"))
        .ifPresent(
            format ->
                result.missing("save_model_as", format, "adapters are written as safetensors"));
    Optional<Double> every = settings.number("save_every_n_steps").filter(steps -> steps > 0);
    settings
        .number("save_last_n_steps")
        .filter(last -> every.isPresent())
        .ifPresent(
            last ->
                result.put(
                    "checkpoints_total_limit",
                    String.valueOf((long) Math.floor(last / every.get()) + 1)));
    settings
        .text("huggingface_repo_id")
        .ifPresent(
            repository -> {
              result.put("push_to_hub", "true");
              result.put("hub_model_id", repository);
              if (!settings.text("huggingface_repo_visibility", "private").equals("public")) {
                result.put("hub_private_repo", "true");
              }
            });
    for (String secret : List.of("huggingface_token", "wandb_api_key")) {
      if (settings.has(secret)) {
        result.changed(secret, "***", keys.get(secret).why());
      }
    }
    KohyaPrompts.carryOver(settings, result);
  }

  private void rest(String name, KohyaSettings all) {
    String value = String.join(" ", all.all(name));
    KohyaKey key = keys.get(name);
    if (key == null) {
      String near =
          NearestName.likely(name, List.copyOf(new TreeMap<>(keys).keySet()))
              .map(other -> "; did you mean " + other + "?")
              .orElse("");
      result.missing(name, value, "no setting of train_network.py for SD 1.x and 2.x" + near);
      return;
    }
    switch (key.how()) {
      case SAME -> {
        if (result.value(key.flag()).isEmpty() && !value.isEmpty()) {
          result.put(key.flag(), value);
        }
      }
      case MISSING -> {
        if (!OFF.contains(value)) {
          result.missing(name, value, key.why());
        }
      }
      case NEEDLESS -> {
        if (!OFF.contains(value)) {
          result.needless(name, value, key.why());
        }
      }
      case RULE -> {}
    }
  }
}
