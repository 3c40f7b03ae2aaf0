package org.sparklora.lora.combine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.InitialAdapter;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.lora.lycoris.Algo;
import org.sparklora.lora.lycoris.LycorisConfig;
import org.sparklora.model.Network;
import org.sparklora.util.InvalidInputException;

class AdapterStartTest {
  private static final Map<String, long[]> WEIGHTS =
      Map.of(
          "mid.attn1.to_q.weight", new long[] {8, 6}, "mid.conv1.weight", new long[] {6, 5, 3, 3});

  private static AdapterLayout layout(int rank, double alpha, String... targets) {
    return AdapterLayout.of(WEIGHTS, new LoraConfig(rank, alpha, 0, false, List.of(targets)));
  }

  /** Of rank 2 and alpha 3, with no zeros. */
  private static Adapter adapter(String... targets) {
    AdapterLayout layout = layout(2, 3, targets);
    Random random = new Random(5);
    float[] values = new float[layout.parameters()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return layout.adapter(values);
  }

  /** {@code alpha / r B A}, {@code out x in}. */
  private static double[] update(AdaptedModule module) {
    int inputs = module.down().length / module.rank();
    int outputs = module.up().length / module.rank();
    double[] update = new double[outputs * inputs];
    for (int row = 0; row < outputs; row++) {
      for (int r = 0; r < module.rank(); r++) {
        for (int i = 0; i < inputs; i++) {
          update[row * inputs + i] +=
              module.scale() * module.up()[row * module.rank() + r] * module.down()[r * inputs + i];
        }
      }
    }
    return update;
  }

  private static AdapterStart.Values start(Adapter adapter, AdapterLayout layout) {
    return new AdapterStart(adapter).in(layout, layout.initialValues(1));
  }

  @Test
  void theSameRankAndAlphaGoOnWithTheSameNumbers() {
    Adapter adapter = adapter("to_q", "conv1");
    AdapterLayout layout = layout(2, 3, "to_q", "conv1");
    AdapterStart.Values start = start(adapter, layout);
    assertThat(start.retained()).isEqualTo(1);
    List<AdaptedModule> went = layout.adapter(start.values()).modules();
    for (int i = 0; i < went.size(); i++) {
      assertThat(went.get(i).down()).isEqualTo(adapter.modules().get(i).down());
      assertThat(went.get(i).up()).isEqualTo(adapter.modules().get(i).up());
    }
  }

  @Test
  void aHigherRankAndAnotherAlphaComputeTheSameUpdate() {
    Adapter adapter = adapter("to_q", "conv1");
    AdapterLayout layout = layout(4, 1, "to_q", "conv1");
    AdapterStart.Values start = start(adapter, layout);
    List<AdaptedModule> went = layout.adapter(start.values()).modules();
    for (int i = 0; i < went.size(); i++) {
      assertThat(update(went.get(i)))
          .containsExactly(update(adapter.modules().get(i)), within(1e-6));
    }
    int third = layout.modules().get(1).downOffset() + 2 * 45;
    // Rows of A that the file has not are those of a new adapter.
    assertThat(start.values()[third]).isEqualTo(layout.initialValues(1)[third]).isNotZero();
  }

  @Test
  void ofALowerRankTheNearestUpdateIsTaken() {
    Adapter adapter = adapter("to_q");
    AdapterLayout layout = layout(1, 1, "to_q");
    AdapterStart.Values start = start(adapter, layout);
    AdaptedModule nearest = LowRankUpdate.of(adapter.modules().get(0)).truncate(1).module();
    assertThat(update(layout.adapter(start.values()).modules().get(0)))
        .containsExactly(update(nearest), within(1e-6));
    assertThat(start.retained()).isBetween(0.5, 0.99);
  }

  @Test
  void layersThatTheFileHasNotStartAnew() {
    AdapterLayout layout = layout(2, 3, "to_q", "conv1");
    AdapterStart.Values start = start(adapter("to_q"), layout);
    AdapterLayout.Module conv = layout.modules().get(1);
    assertThat(conv.name()).isEqualTo("mid.conv1");
    assertThat(start.values()[conv.upOffset()]).isZero();
    assertThat(start.values()[conv.downOffset()]).isNotZero();
  }

  @Test
  void layersRanksAndAlphasMayBeThoseOfTheFile() {
    Adapter both = adapter("to_q", "conv1");
    AdaptedModule conv = both.modules().get(1);
    Adapter mixed =
        new Adapter(
            List.of(both.modules().get(0), conv.withFactors(1, new float[45], new float[6], 0.5)),
            List.of(),
            Map.of());
    Trainables flags = Trainables.unet(new LoraConfig(16, 1, 0.1, false, List.of("to_k")));
    LoraConfig config = new AdapterStart(mixed).layersOfFile(flags).unet().orElseThrow();
    AdapterLayout layout = AdapterLayout.of(WEIGHTS, config);
    assertThat(layout.modules()).extracting(AdapterLayout.Module::rank).containsExactly(2, 1);
    assertThat(config.alpha("mid.attn1.to_q")).isEqualTo(3);
    assertThat(config.alpha("mid.conv1")).isEqualTo(0.5);
    assertThat(config.dropout()).isEqualTo(0.1);
  }

  private static AdapterLayout lycoris(Algo algo, int rank, double alpha) {
    LycorisConfig factors = new LycorisConfig(algo, -1, false, false, false);
    return AdapterLayout.of(
        WEIGHTS, new LoraConfig(rank, alpha, 0, false, List.of("to_q", "conv1")).with(factors));
  }

  private static Adapter lycoris(AdapterLayout layout) {
    float[] values = new float[layout.parameters()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 29 % 61 - 30) / 40f;
    }
    return layout.adapter(values);
  }

  @ParameterizedTest
  @EnumSource(
      value = Algo.class,
      names = {"LOHA", "LOKR"})
  void factorsGoOnAsTheSameUpdateWithAnotherAlpha(Algo algo) {
    Adapter adapter = lycoris(lycoris(algo, 1, 3));
    AdapterLayout layout = lycoris(algo, 1, 1.5);
    AdapterStart.Values start = start(adapter, layout);
    assertThat(start.retained()).isEqualTo(1);
    List<AdaptedModule> went = layout.adapter(start.values()).modules();
    for (int i = 0; i < went.size(); i++) {
      assertThat(update(went.get(i)))
          .containsExactly(update(adapter.modules().get(i)), within(1e-6));
    }
    assertThat(start(adapter, lycoris(algo, 1, 3)).values())
        .isEqualTo(
            adapter.modules().stream()
                .map(AdapterStartTest::factors)
                .reduce(AdapterStartTest::joined)
                .orElseThrow());
  }

  private static float[] factors(AdaptedModule module) {
    return module.factors().orElseThrow().values();
  }

  private static float[] joined(float[] one, float[] two) {
    float[] joined = Arrays.copyOf(one, one.length + two.length);
    System.arraycopy(two, 0, joined, one.length, two.length);
    return joined;
  }

  @Test
  void otherFactorsAreRefused() {
    AdapterStart lora = new AdapterStart(adapter("to_q", "conv1"));
    assertThatThrownBy(() -> lora.requireFit(lycoris(Algo.LOHA, 2, 3)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("mid.attn1.to_q has not the factors of --algo=loha");
    AdapterStart loha = new AdapterStart(lycoris(lycoris(Algo.LOHA, 2, 3)));
    assertThatThrownBy(() -> loha.requireFit(lycoris(Algo.LOKR, 2, 3)))
        .hasMessageContaining("has not the factors of --algo=lokr");
    assertThatThrownBy(() -> loha.requireFit(lycoris(Algo.LOHA, 3, 3)))
        .hasMessageContaining("has hada_w1_a [8, 2]")
        .hasMessageContaining("and the run hada_w1_a [8, 3]");
  }

  @Test
  void whatTheRunDoesNotAdaptIsNamed() {
    AdapterStart start = new AdapterStart(adapter("to_q", "conv1"));
    assertThatThrownBy(() -> start.requireFit(layout(2, 3, "to_q")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("adapts 1 layer of the UNet that the run does not, such as mid.conv1")
        .hasMessageContaining("--dim_from_weights");
    AdaptedModule text =
        new AdaptedModule(
            Network.TEXT_ENCODER,
            "q_proj",
            new long[] {1, 2},
            new float[2],
            new long[] {2, 1},
            new float[2],
            1);
    AdapterStart withText = new AdapterStart(new Adapter(List.of(text), List.of(), Map.of()));
    assertThatThrownBy(() -> withText.requireFit(layout(2, 3, "to_q")))
        .hasMessageContaining("add --train_text_encoder");
  }

  @Test
  void anAdapterOfAnotherBaseAndADoraAreRefused() {
    AdapterLayout other =
        AdapterLayout.of(
            Map.of("mid.attn1.to_q.weight", new long[] {9, 6}),
            new LoraConfig(2, 3, 0, false, List.of("to_q")));
    AdapterStart start = new AdapterStart(adapter("to_q"));
    assertThatThrownBy(() -> start.requireFit(other)).hasMessageContaining("another shape");
    AdaptedModule dora = adapter("to_q").modules().get(0).withMagnitude(new float[8]);
    AdapterStart doras = new AdapterStart(new Adapter(List.of(dora), List.of(), Map.of()));
    assertThatThrownBy(() -> doras.requireFit(layout(2, 3, "to_q")))
        .hasMessageContaining("is a DoRA; add --use_dora");
  }

  @Test
  void theRecipeHoldsWhatWasRead() {
    Trainables anew = Trainables.unet(new LoraConfig(2, 3, 0, false, List.of("to_q")));
    assertThat(anew.recipe()).doesNotContainKey("init_lora");
    Trainables from =
        new Trainables(
            anew.lora(), List.of(), List.of(new InitialAdapter("file:///a", false, "")), 0);
    assertThat(from.startingFrom("12").recipe()).containsEntry("init_lora", "sha256:12");
    assertThat(from.startingFrom("12").initial())
        .hasValueSatisfying(initial -> assertThat(initial.location()).isEqualTo("file:///a"));
  }
}
