package org.sparklora.lora;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.sparklora.flag.Flag;
import org.sparklora.flag.FlagRecipe;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;
import org.sparklora.lora.lycoris.LycorisConfig;

/**
 * Says which modules of a network are adapted, and how.
 *
 * @param rank r of A ({@code r x in}) and B ({@code out x r})
 * @param alpha the adapter is scaled by {@code alpha / r}
 * @param dropout probability of zeroing an input of A while training
 * @param rankStabilised scale by {@code alpha / sqrt(r)} (Kalajdzievski 2023, arXiv 2312.03732)
 * @param dora the length of each row of the weight is trained separately from its direction (Liu et
 *     al. 2024, arXiv 2402.09353)
 * @param targetModules a module is adapted when its name equals or ends with one of these (PEFT's
 *     rule for lists), or matches one written {@code re:PATTERN}
 * @param rankPattern ranks that differ for some modules, see {@link ModulePatterns}
 * @param alphaPattern alphas that differ for some modules, in the same way
 * @param inner dropout between A and B
 * @param lycoris whether an update is made of other factors than B and A
 */
public record LoraConfig(
    @Flag(names = "--rank", label = "R", help = "Rank of A and B (default: ${DEFAULT-VALUE}).")
        @WholeNumber(min = 1, max = MOST_RANK)
        @InRecipe(always = true)
        int rank,
    @Flag(
            names = "--lora_alpha",
            label = "ALPHA",
            help = "The adapter is scaled by alpha / rank (default: the rank).",
            unset = true)
        @RealNumber(min = 0, max = 1e6, aboveMin = true)
        @InRecipe(always = true)
        double alpha,
    @Flag(
            names = "--lora_dropout",
            label = "P",
            help = "Dropout before A during training (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 1, belowMax = true)
        @InRecipe(always = true)
        double dropout,
    @Flag(names = "--use_rslora", help = "Scale by alpha / sqrt(rank).") @InRecipe(always = true)
        boolean rankStabilised,
    @Flag(
            names = "--use_dora",
            help = "Train the length of each row of a weight separately from its direction (DoRA).")
        @InRecipe
        boolean dora,
    @Flag(
            names = "--lora_target_modules",
            label = "NAME",
            help =
                "Layers of the UNet to adapt, by the end of their names or as re:PATTERN (default:"
                    + " to_q,to_k,to_v,to_out.0).")
        @InRecipe(always = true)
        List<String> targetModules,
    @Flag(
            names = "--rank_pattern",
            label = "PATTERN=R",
            help =
                "Ranks of single layers, which replace --rank. The first regular expression that"
                    + " matches a layer's name, or its end after a dot, decides. Such as"
                    + " attn2.to_k=8 or down_blocks.0.*=2.")
        @WholeNumber(min = 1, max = MOST_RANK)
        @InRecipe
        Map<String, Integer> rankPattern,
    @Flag(
            names = "--alpha_pattern",
            label = "PATTERN=ALPHA",
            help =
                "Alphas of single layers, which replace --lora_alpha. Patterns work as in"
                    + " --rank_pattern.")
        @InRecipe
        Map<String, Double> alphaPattern,
    InnerDropout inner,
    LycorisConfig lycoris)
    implements Serializable {
  /** The largest rank that a flag accepts. It is more than any layer of these models has inputs. */
  static final int MOST_RANK = 65_536;

  /** All attention projections, self and cross, as in diffusers. */
  public static final List<String> ATTENTION = List.of("to_q", "to_k", "to_v", "to_out.0");

  /** The text encoder's attention projections, as in diffusers' DreamBooth script. */
  public static final List<String> CLIP_ATTENTION =
      List.of("q_proj", "k_proj", "v_proj", "out_proj");

  /** The attention projections of a UNet, with rank and alpha 4. */
  public static final LoraConfig USUAL = new LoraConfig(4, 4, 0, false, ATTENTION);

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

  /** Makes settings without dropout between A and B. */
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
        InnerDropout.NONE,
        LycorisConfig.LORA);
  }

  /** One rank and one alpha for all modules. */
  public LoraConfig(
      int rank, double alpha, double dropout, boolean rankStabilised, List<String> targetModules) {
    this(rank, alpha, dropout, rankStabilised, false, targetModules, Map.of(), Map.of());
  }

  /** The same settings for other modules. */
  public LoraConfig withTargets(List<String> otherTargets) {
    return with(alpha, otherTargets, rankPattern, alphaPattern, inner, lycoris);
  }

  /** The same settings with dropout between A and B. */
  public LoraConfig with(InnerDropout dropouts) {
    return with(alpha, dropouts);
  }

  /** The same settings with another alpha, and with dropout between A and B. */
  public LoraConfig with(double otherAlpha, InnerDropout dropouts) {
    return with(otherAlpha, targetModules, rankPattern, alphaPattern, dropouts, lycoris);
  }

  /** Returns the same settings with updates that are made of other factors. */
  public LoraConfig with(LycorisConfig factors) {
    return with(alpha, targetModules, rankPattern, alphaPattern, inner, factors);
  }

  /**
   * The same settings with the resnets, downsamplers and upsamplers of a UNet added. Existing
   * patterns win.
   *
   * @param convRank r of 3 x 3 convolutions; other layers have {@link #rank}
   * @param convAlpha their alpha
   */
  public LoraConfig withConvolutions(int convRank, double convAlpha) {
    List<String> targets = new ArrayList<>(targetModules);
    targets.add(RESNETS);
    Map<String, Integer> ranks = new LinkedHashMap<>(rankPattern);
    ranks.put(CONVOLUTIONS, convRank);
    Map<String, Double> alphas = new LinkedHashMap<>(alphaPattern);
    alphas.put(CONVOLUTIONS, convAlpha);
    return with(alpha, targets, ranks, alphas, inner, lycoris);
  }

  /** A copy with other values of what the other methods replace. */
  private LoraConfig with(
      double otherAlpha,
      List<String> targets,
      Map<String, Integer> ranks,
      Map<String, Double> alphas,
      InnerDropout dropouts,
      LycorisConfig factors) {
    return new LoraConfig(
        rank, otherAlpha, dropout, rankStabilised, dora, targets, ranks, alphas, dropouts, factors);
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
    Map<String, String> recipe = FlagRecipe.of(this, USUAL);
    recipe.putAll(inner.recipe());
    recipe.putAll(lycoris.recipe());
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
