package org.sparklora.cli.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sparklora.cli.config.Problems;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.util.InvalidInputException;
import picocli.CommandLine;

class LoraOptionsTest {
  private static final Map<String, long[]> WEIGHTS =
      Map.of(
          "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight", new long[] {8, 8},
          "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight", new long[] {8, 6},
          "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_v.weight", new long[] {8, 6},
          "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_out.0.weight",
              new long[] {8, 8},
          "down_blocks.0.downsamplers.0.conv.weight", new long[] {8, 8, 3, 3},
          "up_blocks.1.resnets.0.conv1.weight", new long[] {8, 16, 3, 3},
          "up_blocks.1.resnets.0.conv_shortcut.weight", new long[] {8, 16, 1, 1},
          "up_blocks.1.resnets.0.time_emb_proj.weight", new long[] {8, 32},
          "conv_in.weight", new long[] {8, 4, 3, 3});

  private static LoraConfig config(String... flags) {
    LoraOptions options = CommandLine.populateCommand(new LoraOptions(), flags);
    Problems problems = new Problems();
    LoraConfig config = options.config(problems);
    problems.throwAll();
    return config;
  }

  @Test
  void theFirstPatternThatMatchesIsALayersRank() {
    LoraConfig config =
        config("--rank=4", "--rank_pattern=attn2.to_k=8,attn2.*=2", "--alpha_pattern=to_q=1.5");
    assertThat(config.rank("a.attn2.to_k")).isEqualTo(8);
    assertThat(config.rank("a.attn2.to_v")).isEqualTo(2);
    assertThat(config.rank("a.attn1.to_k")).isEqualTo(4);
    assertThat(config.alpha("a.attn1.to_q")).isEqualTo(1.5);
    assertThat(config.scale("a.attn1.to_q")).isEqualTo(1.5 / 4);
    assertThat(config.dora()).isFalse();
    assertThat(config("--use_dora").dora()).isTrue();
  }

  @Test
  void convolutionsHaveARankAndAnAlphaOfTheirOwn() {
    LoraConfig config = config("--rank=4", "--conv_rank=2", "--conv_alpha=1");
    AdapterLayout layout = AdapterLayout.of(WEIGHTS, config);
    assertThat(layout.modules()).hasSize(8).noneMatch(m -> m.name().equals("conv_in"));
    for (AdapterLayout.Module module : layout.modules()) {
      boolean large = module.name().matches(".*\\.(conv1|conv)");
      assertThat(module.rank()).as(module.name()).isEqualTo(large ? 2 : 4);
      assertThat(module.scale()).as(module.name()).isEqualTo(large ? 0.5 : 1);
    }
    assertThat(config("--conv_rank=2").alpha("a.resnets.0.conv2")).isEqualTo(2);
    LoraConfig withPattern = config("--conv_rank=2", "--rank_pattern=up_blocks.*=6");
    assertThat(withPattern.rank("up_blocks.1.resnets.0.conv1")).isEqualTo(6);
    assertThat(withPattern.rank("down_blocks.1.resnets.0.conv1")).isEqualTo(2);
  }

  @Test
  void aRunWithOtherVariantsIsAnotherRecipe() {
    assertThat(config().recipe()).doesNotContainKeys("use_dora", "rank_pattern", "alpha_pattern");
    assertThat(config("--use_dora", "--conv_rank=2", "--alpha_pattern=to_q=1").recipe())
        .containsKeys("use_dora", "rank_pattern", "alpha_pattern");
  }

  @Test
  void lohaAndLokrAreOfTheRecipeAndSayWhatDoesNotGoWithThem() {
    assertThat(config().recipe()).doesNotContainKeys("algo", "factor", "use_tucker");
    assertThat(config("--algo=lokr", "--factor=8", "--full_matrix").recipe())
        .containsEntry("algo", "lokr")
        .containsEntry("factor", "8")
        .containsEntry("full_matrix", "true");
    assertThatThrownBy(
            () ->
                config(
                    "--algo=loha",
                    "--factor=8",
                    "--decompose_both",
                    "--use_dora",
                    "--lora_dropout=0.1",
                    "--rank_dropout=0.1",
                    "--init_lora=a",
                    "--dim_from_weights"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Invalid --factor: 8; it goes with --algo=lokr")
        .hasMessageContaining("Invalid --decompose_both: true; it goes with --algo=lokr")
        .hasMessageContaining("Unsupported --use_dora with --algo=loha")
        .hasMessageContaining("Unsupported --lora_dropout with --algo=loha")
        .hasMessageContaining("--rank_dropout or --module_dropout with --algo=loha")
        .hasMessageContaining("Unsupported --dim_from_weights with --algo=loha");
    assertThatThrownBy(() -> config("--use_tucker"))
        .hasMessageContaining("Invalid --use_tucker: true; it goes with --algo=loha");
  }

  @Test
  void saysWhatIsWrongOfPatterns() {
    assertThatThrownBy(
            () ->
                config(
                    "--rank_pattern=to_q,to_k=0,to_v=2.5,(=3,a=1,a=2",
                    "--alpha_pattern=to_q=inf",
                    "--conv_alpha=2"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Invalid --rank_pattern: to_q; it must be PATTERN=NUMBER")
        .hasMessageContaining("Invalid --rank_pattern: to_k=0;")
        .hasMessageContaining("Invalid --rank_pattern: to_v=2.5; it must be a whole number")
        .hasMessageContaining("Invalid --rank_pattern: (; it is not a regular expression")
        .hasMessageContaining("Invalid --rank_pattern: a=2; it is there twice")
        .hasMessageContaining("Invalid --alpha_pattern: to_q=inf;")
        .hasMessageContaining("Invalid --conv_alpha: 2.0; no convolutions are adapted");
    assertThatThrownBy(() -> AdapterLayout.of(WEIGHTS, config("--rank_pattern=to_z=2")))
        .hasMessageContaining("to_z matches no adapted layer");
  }
}
