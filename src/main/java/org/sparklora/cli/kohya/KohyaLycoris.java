package org.sparklora.cli.kohya;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * LyCORIS as their {@code network_module}: which layers its presets adapt, and with which rank.
 *
 * @param algo {@code lora}, {@code locon}, {@code loha} or {@code lokr}
 */
record KohyaLycoris(String algo, Preset preset) {
  /** What LyCORIS adapts beside resnets and transformers. */
  private static final List<String> OUTER =
      List.of("conv_in", "conv_out", "time_embedding.linear_1", "time_embedding.linear_2");

  /** Arguments with a flag of the same name. */
  private static final Set<String> FLAGS = Set.of("factor", "decompose_both", "full_matrix");

  /** The largest rank here. The matrices of every layer are whole with it, too. */
  private static final int MOST_RANK = 65_536;

  /** Any rank: whole matrices have none. */
  private static final String RANK_OF_WHOLE = "4";

  private static final Set<String> TUCKER = Set.of("use_tucker", "use_cp", "use_conv_cp");

  private static final Set<String> OF_LORA =
      Set.of(
          "dora_wd",
          "rank_dropout",
          "module_dropout",
          "loraplus_lr_ratio",
          "loraplus_unet_lr_ratio",
          "loraplus_text_encoder_lr_ratio");

  /**
   * A preset.
   *
   * @param feedForwards whether feed-forwards and projections are adapted, too
   * @param convolutions whether resnets and the layers between resolutions are, too
   */
  private record Preset(boolean feedForwards, boolean convolutions, boolean text) {}

  private static final Map<String, Preset> PRESETS =
      Map.of(
          "full", new Preset(true, true, true),
          "unet-only", new Preset(true, true, false),
          "attn-mlp", new Preset(true, false, true),
          "unet-transformer-only", new Preset(true, false, false),
          "attn-only", new Preset(false, false, true));

  /** Reads LyCORIS' settings; empty for another module, or an algorithm that cannot be trained. */
  static Optional<KohyaLycoris> of(String module, Map<String, String> args, CarriedOver result) {
    String algo = args.getOrDefault("algo", "lora").toLowerCase(Locale.ROOT);
    if (!module.equals("lycoris.kohya")
        || !List.of("lora", "locon", "loha", "lokr").contains(algo)) {
      return Optional.empty();
    }
    String named = args.getOrDefault("preset", "full");
    Preset preset = PRESETS.get(named);
    if (preset == null) {
      result.missing(
          "network_args preset",
          named,
          "the layers of the preset full are adapted instead; name others in lora_target_modules");
    }
    return Optional.of(new KohyaLycoris(algo, preset == null ? PRESETS.get("full") : preset));
  }

  /** Whether updates are made of other factors than B and A. */
  boolean isFactored() {
    return algo.equals("loha") || algo.equals("lokr");
  }

  boolean trainsText() {
    return preset.text();
  }

  /** The layers of a network. */
  List<String> targets(List<String> attention, List<String> others) {
    List<String> targets = new ArrayList<>(attention);
    if (preset.feedForwards()) {
      targets.addAll(others);
    }
    return targets;
  }

  /**
   * The rank of all layers. A rank that no layer has, such as 100000, is their way to ask LoKr for
   * whole matrices.
   */
  String rank(String rank, Map<String, String> args, CarriedOver result) {
    if (!isWhole(rank)) {
      return rank;
    }
    String ofConvolutions = given(args, "conv_dim", rank);
    if (isZero(ofConvolutions) || isWhole(ofConvolutions)) {
      result.put("full_matrix", "true");
      return RANK_OF_WHOLE;
    }
    return String.valueOf(MOST_RANK);
  }

  private boolean isWhole(String rank) {
    return algo.equals("lokr") && Double.parseDouble(rank) > MOST_RANK;
  }

  /**
   * Carries over the ranks of convolutions, which are those of other layers unless they are given,
   * and how updates are made of factors.
   */
  void carryOver(Map<String, String> args, String rank, String alpha, CarriedOver result) {
    if (hasConvolutions(args)) {
      String given = given(args, "conv_dim", rank);
      String whole = result.value("full_matrix").isPresent() ? rank : String.valueOf(MOST_RANK);
      String ofConvolutions = isWhole(given) ? whole : given;
      String givenAlpha = given(args, "conv_alpha", alpha);
      // LyCORIS takes 0 for the rank.
      String alphaOfConvolutions = isZero(givenAlpha) ? ofConvolutions : givenAlpha;
      result.put("conv_rank", ofConvolutions);
      result.put("conv_alpha", alphaOfConvolutions);
      if (!ofConvolutions.equals(rank)) {
        result.put("rank_pattern", "conv_(in|out)=" + ofConvolutions);
      }
      if (!alphaOfConvolutions.equals(alpha)) {
        result.put("alpha_pattern", "conv_(in|out)=" + alphaOfConvolutions);
      }
    }
    if (preset.convolutions() && !hasConvolutions(args)) {
      result.changed(
          "network_args conv_dim",
          "0",
          "the resnets' conv_shortcut and time_emb_proj, which LyCORIS adapts all the same, are"
              + " left out");
    }
    if (isFactored()) {
      result.put("algo", algo);
    }
  }

  private static String given(Map<String, String> args, String name, String fallback) {
    String value = args.getOrDefault(name, "");
    return value.isEmpty() ? fallback : value;
  }

  /** A {@code conv_dim} of 0 leaves 3 x 3 convolutions out. */
  private boolean hasConvolutions(Map<String, String> args) {
    return preset.convolutions() && !isZero(args.getOrDefault("conv_dim", ""));
  }

  private static boolean isZero(String number) {
    return number.matches("0+(\\.0*)?");
  }

  /** Whether an argument means something else for LoHa and LoKr than for LoRA. */
  static boolean isArgument(String name) {
    return FLAGS.contains(name) || TUCKER.contains(name) || OF_LORA.contains(name);
  }

  /** Carries over an argument of LoHa and LoKr. */
  void argument(String name, String value, CarriedOver result) {
    boolean off = value.equalsIgnoreCase("false") || value.equals("0") || value.isEmpty();
    if (off) {
      return;
    }
    if (OF_LORA.contains(name)) {
      result.missing("network_args " + name, value, "it is defined for LoRA only");
    } else if (TUCKER.contains(name)) {
      result.put("use_tucker", "true");
    } else if (algo.equals("lokr")) {
      result.put(name, value.toLowerCase(Locale.ROOT));
    } else {
      result.needless("network_args " + name, value, "it belongs to LoKr");
    }
  }

  /** The UNet's layers beside transformers and resnets. */
  List<String> outer(Map<String, String> args) {
    return preset.convolutions()
        ? hasConvolutions(args) ? OUTER : OUTER.subList(2, OUTER.size())
        : List.of();
  }
}
