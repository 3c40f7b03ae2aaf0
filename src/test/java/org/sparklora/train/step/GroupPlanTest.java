package org.sparklora.train.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.NewToken;
import org.sparklora.lora.Trainables;
import org.sparklora.model.Network;
import org.sparklora.train.optimizer.ParameterTensor;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LrScheduler;
import org.sparklora.util.InvalidInputException;

class GroupPlanTest {
  private static final LearningRateConfig COSINE =
      new LearningRateConfig(LrScheduler.COSINE, 0, 100, 1, 1);
  private static final AdapterLayout LAYOUT = layout();

  @Test
  void trainsAllInOneGroupWhereTheRateIsOne() {
    List<ParameterGroup> groups = groups(PartRates.ALIKE);
    assertThat(groups).hasSize(1);
    assertThat(ParameterTensor.total(groups.get(0).tensors())).isEqualTo(LAYOUT.parameters());
    assertThat(groups.get(0).schedule().rate(0)).isEqualTo(0.1);
  }

  @Test
  void theTextEncoderHasARateOfItsOwn() {
    List<ParameterGroup> groups =
        groups(new PartRates(OptionalDouble.of(0.01), Map.of(), Optional.empty()));
    assertThat(groups)
        .extracting(ParameterGroup::name)
        .containsExactly("text_encoder", "unet", "tokens");
    assertThat(groups)
        .extracting(group -> group.schedule().rate(0))
        .containsExactly(0.01, 0.1, 0.1);
    assertThat(groups.stream().mapToInt(g -> ParameterTensor.total(g.tensors())).sum())
        .isEqualTo(LAYOUT.parameters());
  }

  @Test
  void theTextEncoderHasAWeightDecayOfItsOwn() {
    UpdateRuleConfig rule = new UpdateRuleConfig.AdamW(0.9, 0.999, 1e-4, 1e-8);
    List<ParameterGroup> groups =
        groups(PartRates.ALIKE.withTextEncoder(OptionalDouble.empty(), OptionalDouble.of(1e-3)));
    assertThat(groups)
        .extracting(ParameterGroup::name)
        .containsExactly("text_encoder", "unet", "tokens");
    assertThat(groups)
        .extracting(group -> group.rule(rule))
        .containsExactly(new UpdateRuleConfig.AdamW(0.9, 0.999, 1e-3, 1e-8), rule, rule);
    assertThat(groups).allSatisfy(g -> assertThat(g.schedule().rate(0)).isEqualTo(0.1));
  }

  @Test
  void theTextEncoderStopsAtAStepOrAPartOfThem() {
    for (double stop : new double[] {30, 0.3}) {
      PartRates rates =
          new PartRates(
              OptionalDouble.empty(),
              OptionalDouble.empty(),
              Map.of(),
              OptionalDouble.of(stop),
              1,
              Optional.empty());
      List<ParameterGroup> groups = groups(rates);
      assertThat(trained(groups, 29)).containsExactly("text_encoder", "unet", "tokens");
      assertThat(trained(groups, 30)).containsExactly("unet", "tokens");
    }
  }

  @Test
  void everyBHasAMultipleOfTheRate() {
    List<ParameterGroup> groups =
        groups(
            new PartRates(
                OptionalDouble.of(0.01),
                OptionalDouble.empty(),
                Map.of(),
                OptionalDouble.empty(),
                16,
                Optional.empty()));
    assertThat(groups)
        .extracting(ParameterGroup::name)
        .containsExactly("text_encoder", "text_encoder B", "unet", "unet B", "tokens");
    assertThat(groups)
        .extracting(group -> group.schedule().rate(0))
        .containsExactly(0.01, 0.16, 0.1, 1.6, 0.1);
    assertThat(groups.get(3).tensors())
        .allSatisfy(tensor -> assertThat(tensor.shape()).containsExactly(4, 2));
    assertThat(groups.stream().mapToInt(g -> ParameterTensor.total(g.tensors())).sum())
        .isEqualTo(LAYOUT.parameters());
  }

  @Test
  void modulesOfAPatternHaveAMultipleOfTheRate() {
    List<ParameterGroup> groups =
        groups(
            new PartRates(OptionalDouble.empty(), Map.of("up_blocks\\..*", 0.5), Optional.empty()));
    assertThat(groups)
        .extracting(ParameterGroup::name)
        .containsExactly("text_encoder", "unet", "unet x 0.5", "tokens");
    assertThat(groups.get(2).schedule().rate(0)).isEqualTo(0.05);
    assertThat(groups.get(2).tensors()).hasSize(2);
  }

  @Test
  void aPatternThatMatchesNothingIsNamed() {
    PartRates misspelt =
        new PartRates(OptionalDouble.empty(), Map.of("upblocks", 0.5), Optional.empty());
    assertThatThrownBy(() -> groups(misspelt))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Invalid --lr_pattern: upblocks matches no adapted layer");
  }

  @Test
  void pivotalTuningLearnsTokensFirstAndModulesAfterThem() {
    PartRates.Inversion first = new PartRates.Inversion(40, 5e-4, OptionalDouble.of(1e-5));
    List<ParameterGroup> groups =
        groups(new PartRates(OptionalDouble.empty(), Map.of(), Optional.of(first)));
    assertThat(trained(groups, 39)).containsExactly("tokens");
    assertThat(trained(groups, 40)).containsExactly("text_encoder", "unet", "tokens tuned");
    // Each part's schedule is over its own steps.
    assertThat(groups.get(0).schedule().rate(40)).isZero();
    assertThat(groups.get(1).schedule().rate(60)).isZero();
    assertThat(groups.get(1).schedule().rate(0)).isEqualTo(0.1);
  }

  private static List<String> trained(List<ParameterGroup> groups, long step) {
    return groups.stream().filter(g -> g.isTrainedIn(step)).map(ParameterGroup::name).toList();
  }

  private static List<ParameterGroup> groups(PartRates rates) {
    return new GroupPlan(rates, 0.1, COSINE).groups(LAYOUT);
  }

  private static AdapterLayout layout() {
    LoraConfig config = new LoraConfig(2, 2, 0, false, List.of("to_q"));
    return AdapterLayout.of(
        Map.of(
            Network.UNET,
            Map.of(
                "down_blocks.0.to_q.weight", new long[] {4, 6},
                "up_blocks.0.to_q.weight", new long[] {4, 6}),
            Network.TEXT_ENCODER,
            Map.of("layers.0.to_q.weight", new long[] {8, 8})),
        8,
        new Trainables(
            Map.of(Network.UNET, config, Network.TEXT_ENCODER, config),
            List.of(new NewToken("<s>", "toy", 3))));
  }
}
