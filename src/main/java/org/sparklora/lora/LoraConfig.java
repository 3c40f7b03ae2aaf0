package org.sparklora.lora;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Says which modules of a network are adapted, and how.
 *
 * @param rank {@code --rank}, r of A ({@code r x in}) and B ({@code out x r})
 * @param alpha {@code --lora_alpha}; the adapter is scaled by {@code alpha / r}
 * @param dropout {@code --lora_dropout}, probability of zeroing an input of A while training
 * @param rankStabilised {@code --use_rslora}: scale by {@code alpha / sqrt(r)} (Kalajdzievski 2023,
 *     arXiv 2312.03732)
 * @param dora {@code --use_dora}: the length of each row of the weight is trained separately from
 *     its direction (Liu et al. 2024, arXiv 2402.09353)
 * @param targetModules {@code --lora_target_modules}: a module is adapted when its name equals or
 *     ends with one of these (PEFT's rule for lists), or matches one written {@code re:PATTERN}
 * @param rankPattern {@code --rank_pattern}: ranks that differ for some modules, see {@link
 *     ModulePatterns}
 * @param alphaPattern {@code --alpha_pattern}: alphas that differ for some modules, in the same way
 * @param inner dropout between A and B
 */
public record LoraConfig(
    int rank,
    double alpha,
    double dropout,
    boolean rankStabilised,
    boolean dora,
    List<String> targetModules,
    Map<String, Integer> rankPattern,
    Map<String, Double> alphaPattern,
    InnerDropout inner)
    implements Serializable {
  /** All attention projections, self and cross, as in diffusers. */
  public static final List<String> ATTENTION = List.of("to_q", "to_k", "to_v", "to_out.0");

  /** The text encoder's attention projections, as in diffusers' DreamBooth script. */
  public static final List<String> CLIP_ATTENTION =
      List.of("q_proj", "k_proj", "v_proj", "out_proj");

  /** kohya's LoCon: all layers of the UNet's resnets and between its resolutions. */
  private static final String RESNETS =
      "re:.*\\.(resnets\\.\\d+\\.(conv1|conv2|conv_shortcut|time_emb_proj)"
          + "|(down|up)samplers\\.\\d+\\.conv)";

  /** The 3 x 3 convolutions among them. */
  private static final String CONVOLUTIONS =
      "resnets\\.\\d+\\.conv[12]|(down|up)samplers\\.\\d+\\.conv";

  public LoraConfig {
    targetModules = List.copyOf(targetModules);
    rankPattern = new LinkedHashMap<>(rankPattern);
    alphaPattern = new LinkedHashMap<>(alphaPattern);
  }

  /** Without dropout between A and B. */
  public LoraConfig(
      int rank,
      double alpha,
      double dropout,
      boolean rankStabilised,
      boolean dora,
      List<String> targetModules,
      Map<String, Integer> rankPattern,
      Map<String, Double> alphaPattern) {
    this(
        rank,
        alpha,
        dropout,
        rankStabilised,
        dora,
        targetModules,
        rankPattern,
        alphaPattern,
        InnerDropout.NONE);
  }

  /** One rank and one alpha for all modules. */
  public LoraConfig(
      int rank, double alpha, double dropout, boolean rankStabilised, List<String> targetModules) {
    this(rank, alpha, dropout, rankStabilised, false, targetModules, Map.of(), Map.of());
  }

  /** The same settings for other modules. */
  public LoraConfig withTargets(List<String> otherTargets) {
    return new LoraConfig(
        rank, alpha, dropout, rankStabilised, dora, otherTargets, rankPattern, alphaPattern, inner);
  }

  /** The same settings with dropout between A and B. */
  public LoraConfig with(InnerDropout dropouts) {
    return new LoraConfig(
        rank,
        alpha,
        dropout,
        rankStabilised,
        dora,
        targetModules,
        rankPattern,
        alphaPattern,
        dropouts);
  }

  /**
   * The same settings with the resnets, downsamplers and upsamplers of a UNet added. Existing
   * patterns win.
   *
   * @param convRank {@code --conv_rank}, r of 3 x 3 convolutions; other layers have {@link #rank}
   * @param convAlpha {@code --conv_alpha}, their alpha
   */
  public LoraConfig withConvolutions(int convRank, double convAlpha) {
    List<String> targets = new ArrayList<>(targetModules);
    targets.add(RESNETS);
    Map<String, Integer> ranks = new LinkedHashMap<>(rankPattern);
    ranks.put(CONVOLUTIONS, convRank);
    Map<String, Double> alphas = new LinkedHashMap<>(alphaPattern);
    alphas.put(CONVOLUTIONS, convAlpha);
    return new LoraConfig(
        rank, alpha, dropout, rankStabilised, dora, targets, ranks, alphas, inner);
  }

  /** The rank r of a module. */
  public int rank(String module) {
    return new ModulePatterns<>(rankPattern).at(module, rank);
  }

  /** The alpha of a module. */
  public double alpha(String module) {
    return new ModulePatterns<>(alphaPattern).at(module, alpha);
  }

  /** The factor on {@code B A x} of a module. */
  public double scale(String module) {
    int r = rank(module);
    return rankStabilised ? alpha(module) / Math.sqrt(r) : alpha(module) / r;
  }

  /** The settings that a resumed run must share, by flag. */
  public Map<String, String> recipe() {
    Map<String, String> recipe = new TreeMap<>();
    recipe.put("rank", String.valueOf(rank));
    recipe.put("lora_alpha", String.valueOf(alpha));
    recipe.put("lora_dropout", String.valueOf(dropout));
    recipe.put("use_rslora", String.valueOf(rankStabilised));
    recipe.put("lora_target_modules", String.join(",", targetModules));
    recipe.putAll(inner.recipe());
    if (dora) {
      recipe.put("use_dora", "true");
    }
    if (!rankPattern.isEmpty()) {
      recipe.put("rank_pattern", rankPattern.toString());
    }
    if (!alphaPattern.isEmpty()) {
      recipe.put("alpha_pattern", alphaPattern.toString());
    }
    return recipe;
  }

  /** The patterns that match none of the modules. */
  List<String> unusedPatterns(List<String> modules) {
    return Stream.concat(
            new ModulePatterns<>(rankPattern).unused(modules).stream(),
            new ModulePatterns<>(alphaPattern).unused(modules).stream())
        .toList();
  }
}
