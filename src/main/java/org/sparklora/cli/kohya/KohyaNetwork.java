package org.sparklora.cli.kohya;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Their network: which layers are adapted and how, and the rates of UNet and text encoder. */
final class KohyaNetwork {
  /** What {@code networks.lora} adapts of each {@code Transformer2DModel}: its attention. */
  private static final List<String> ATTENTION = List.of("to_q", "to_k", "to_v", "to_out.0");

  /** The other layers of it that are adapted. */
  private static final List<String> FEED_FORWARD =
      List.of("ff.net.0.proj", "ff.net.2", "proj_in", "proj_out");

  /** The same of the text encoder: its attention, and its MLP. */
  private static final List<String> TEXT_ATTENTION =
      List.of("q_proj", "k_proj", "v_proj", "out_proj");

  private static final List<String> TEXT_MLP = List.of("fc1", "fc2");

  /** Their default of {@code --learning_rate}. */
  private static final String RATE = "2e-06";

  private static final String ARGS = "network_args";

  private final KohyaSettings settings;
  private final CarriedOver result;
  private final Map<String, String> args;
  private final Optional<KohyaLycoris> lycoris;

  private KohyaNetwork(KohyaSettings settings, CarriedOver result) {
    this.settings = settings;
    this.result = result;
    this.args = settings.pairs(ARGS);
    this.lycoris = KohyaLycoris.of(moduleName(), args, result);
  }

  static void carryOver(KohyaSettings settings, CarriedOver result) {
    KohyaNetwork network = new KohyaNetwork(settings, result);
    network.module();
    network.rank();
    network.rates();
  }

  private String moduleName() {
    return settings.text("network_module", "networks.lora");
  }

  private void module() {
    String module = moduleName();
    if (lycoris.isEmpty() && !module.equals("networks.lora")) {
      String algorithm = args.getOrDefault("algo", "lora").toLowerCase(Locale.ROOT);
      result.missing(
          "network_module",
          module + (module.equals("lycoris.kohya") ? " algo=" + algorithm : ""),
          "LoRA is trained instead");
    }
  }

  private void rank() {
    String given = settings.text("network_dim", "4");
    String rank = lycoris.map(kind -> kind.rank(given, args, result)).orElse(given);
    String alpha = settings.text("network_alpha", "1");
    result.put("rank", rank);
    result.put("lora_alpha", alpha);
    List<String> targets = new ArrayList<>(targets(ATTENTION, FEED_FORWARD));
    lycoris.ifPresent(kind -> targets.addAll(kind.outer(args)));
    if (targets.contains("conv_in")) {
      result.changed(
          "network_module",
          moduleName(),
          "for SDXL take conv_in, conv_out and time_embedding out of lora_target_modules: LyCORIS"
              + " does not find them there");
    }
    result.put("lora_target_modules", targets);
    args.forEach(this::argument);
    onlyOfLora("network_dropout", "LyCORIS has none for LoHa and LoKr");
    onlyOfLora("scale_weight_norms", "it is defined for LoRA");
    lycoris.ifPresent(kind -> kind.carryOver(args, rank, alpha, result));
    Optional.ofNullable(args.get("conv_dim"))
        .filter(convolutions -> lycoris.isEmpty())
        .ifPresent(
            convolutions -> {
              result.put("conv_rank", convolutions);
              result.put("conv_alpha", args.getOrDefault("conv_alpha", "1"));
            });
  }

  private List<String> targets(List<String> attention, List<String> others) {
    List<String> all = new ArrayList<>(attention);
    all.addAll(others);
    return lycoris.map(kind -> kind.targets(attention, others)).orElse(all);
  }

  private boolean isFactored() {
    return lycoris.filter(KohyaLycoris::isFactored).isPresent();
  }

  /** Carries over a setting that only LoRA has here. */
  private void onlyOfLora(String name, String why) {
    settings
        .number(name)
        .filter(value -> value != 0)
        .ifPresent(
            value -> {
              String text = settings.text(name, "");
              if (isFactored()) {
                result.missing(name, text, why);
              } else {
                result.put(name, text);
              }
            });
  }

  private void argument(String name, String value) {
    if (isFactored() && KohyaLycoris.isArgument(name)) {
      lycoris.orElseThrow().argument(name, value, result);
      return;
    }
    switch (name) {
      case "conv_dim", "conv_alpha", "algo", "preset" -> {}
      case "dora_wd" -> {
        if (value.equalsIgnoreCase("true")) {
          result.put("use_dora", "true");
        }
      }
      case "rs_lora" -> {
        if (value.equalsIgnoreCase("true")) {
          result.put("use_rslora", "true");
        }
      }
      case "block_dims", "block_alphas", "conv_block_dims", "conv_block_alphas" ->
          missing(name, value, "write rank_pattern and alpha_pattern, such as down_blocks.1.*=8");
      case "down_lr_weight", "mid_lr_weight", "up_lr_weight", "block_lr_zero_threshold" ->
          missing(name, value, "write lr_pattern, such as up_blocks.*=0.5");
      case "loraplus_lr_ratio" -> result.put(name, value);
      case "loraplus_unet_lr_ratio" -> {
        if (settings.isOn("network_train_unet_only")) {
          result.put("loraplus_lr_ratio", value);
        } else {
          missing(name, value, "loraplus_lr_ratio holds for both networks");
        }
      }
      case "loraplus_text_encoder_lr_ratio" ->
          missing(name, value, "loraplus_lr_ratio holds for both networks");
      case "rank_dropout", "module_dropout" -> result.put(name, value);
      default -> missing(name, value, "no setting of LoRA here");
    }
  }

  private void missing(String name, String value, String why) {
    result.missing(ARGS + " " + name, value, why);
  }

  private void rates() {
    String common = settings.text("learning_rate", RATE);
    result.put("learning_rate", settings.text("unet_lr", common));
    boolean unetOnly = settings.isOn("network_train_unet_only");
    String text = settings.text("text_encoder_lr", common);
    if (unetOnly
        || !lycoris.map(KohyaLycoris::trainsText).orElse(true)
        || Double.parseDouble(text) == 0) {
      return;
    }
    result.put("train_text_encoder", "true");
    result.put("text_encoder_lr", text);
    result.put("text_encoder_target_modules", targets(TEXT_ATTENTION, TEXT_MLP));
  }
}
