package org.sparklora.cli.kohya;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Their network: which layers are adapted and how, and the rates of UNet and text encoder. */
final class KohyaNetwork {
  /** What {@code networks.lora} adapts of each {@code Transformer2DModel}. */
  private static final List<String> UNET =
      List.of(
          "to_q", "to_k", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2", "proj_in", "proj_out");

  /** What it adapts of the text encoder's attention and MLP. */
  private static final List<String> TEXT =
      List.of("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2");

  /** Their default of {@code --learning_rate}. */
  private static final String RATE = "2e-06";

  private static final String ARGS = "network_args";

  private final KohyaSettings settings;
  private final CarriedOver result;

  private KohyaNetwork(KohyaSettings settings, CarriedOver result) {
    this.settings = settings;
    this.result = result;
  }

  static void carryOver(KohyaSettings settings, CarriedOver result) {
    KohyaNetwork network = new KohyaNetwork(settings, result);
    network.module();
    network.rank();
    network.rates();
  }

  private void module() {
    String module = settings.text("network_module", "networks.lora");
    String algorithm = settings.pairs(ARGS).getOrDefault("algo", "lora").toLowerCase(Locale.ROOT);
    boolean lora =
        module.equals("networks.lora")
            || (module.equals("lycoris.kohya") && List.of("lora", "locon").contains(algorithm));
    if (!lora) {
      result.missing(
          "network_module",
          module + (module.equals("lycoris.kohya") ? " algo=" + algorithm : ""),
          "LoRA is trained instead");
    }
  }

  private void rank() {
    result.put("rank", settings.text("network_dim", "4"));
    result.put("lora_alpha", settings.text("network_alpha", "1"));
    result.put("lora_target_modules", new ArrayList<>(UNET));
    Map<String, String> args = settings.pairs(ARGS);
    args.forEach(this::argument);
    Optional.ofNullable(args.get("conv_dim"))
        .ifPresent(
            rank -> {
              result.put("conv_rank", rank);
              result.put("conv_alpha", args.getOrDefault("conv_alpha", "1"));
            });
  }

  private void argument(String name, String value) {
    switch (name) {
      case "conv_dim", "conv_alpha", "algo" -> {}
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
    if (unetOnly || Double.parseDouble(text) == 0) {
      return;
    }
    result.put("train_text_encoder", "true");
    result.put("text_encoder_lr", text);
    result.put("text_encoder_target_modules", new ArrayList<>(TEXT));
  }
}
