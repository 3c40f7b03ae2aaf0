package org.sparklora.lora;

import java.util.List;

/**
 * Which modules are adapted and how.
 *
 * @param rank {@code --rank}, r of A ({@code r x in}) and B ({@code out x r})
 * @param alpha {@code --lora_alpha}; the adapter is scaled by {@code alpha / r}
 * @param dropout {@code --lora_dropout}, probability of zeroing an input of A while training
 * @param rankStabilised {@code --use_rslora}: scale by {@code alpha / sqrt(r)} (Kalajdzievski 2023,
 *     arXiv 2312.03732)
 * @param targetModules {@code --lora_target_modules}: a module is adapted when its name equals or
 *     ends with one of these (PEFT's rule for lists), or matches one written {@code re:PATTERN}
 */
public record LoraConfig(
    int rank, double alpha, double dropout, boolean rankStabilised, List<String> targetModules) {
  /** All attention projections, self and cross: diffusers' choice. */
  public static final List<String> ATTENTION = List.of("to_q", "to_k", "to_v", "to_out.0");

  public LoraConfig {
    targetModules = List.copyOf(targetModules);
  }

  /** The factor on {@code B A x}. */
  public double scale() {
    return rankStabilised ? alpha / Math.sqrt(rank) : alpha / rank;
  }
}
