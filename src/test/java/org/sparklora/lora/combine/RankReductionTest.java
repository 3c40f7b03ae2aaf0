package org.sparklora.lora.combine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sparklora.lora.TestModules.adapter;
import static org.sparklora.lora.TestModules.dense;
import static org.sparklora.lora.TestModules.error;
import static org.sparklora.lora.TestModules.linear;
import static org.sparklora.lora.TestModules.norm;
import static org.sparklora.lora.TestModules.plus;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.TestModules;
import org.sparklora.model.Network;
import org.sparklora.util.InvalidInputException;

class RankReductionTest {
  @Test
  void refusesDora() {
    AdaptedModule dora =
        TestModules.linear("a", 3, 4, 2, 1, 1).withMagnitude(new float[] {1, 2, 3});
    assertThatThrownBy(() -> RankReduction.of(TestModules.adapter(dora), 1, done -> {}))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Unsupported --rank: module a is a DoRA");
  }

  private static final double FP32 = 0x1p-23;

  @Test
  void losesNothingAtTheUpdatesOwnRank() {
    AdaptedModule module = linear("a", 40, 24, 6, 9, 1);
    RankReduction reduction = reduce(module, 6);
    AdaptedModule reduced = reduction.adapter().modules().get(0);
    assertThat(reduced.rank()).isEqualTo(6);
    assertThat(error(dense(reduced), dense(module))).isLessThan(FP32);
    assertThat(reduction.fraction()).isEqualTo(1);
  }

  @Test
  void goesNoHigherThanTheUpdatesOwnRank() {
    AdaptedModule one = linear("a", 40, 24, 3, 9, 1);
    Adapter twice =
        AdapterSum.of(
            List.of(
                new AdapterSum.Part("1", adapter(one), 0.3),
                new AdapterSum.Part("2", adapter(one), 0.9)));
    assertThat(twice.modules().get(0).rank()).isEqualTo(6);
    AdaptedModule reduced = reduce(twice.modules().get(0), 128).adapter().modules().get(0);
    assertThat(reduced.rank()).isEqualTo(3);
    assertThat(error(dense(reduced), plus(dense(one), 0.2, dense(one)))).isLessThan(2 * FP32);
  }

  /** More than the layer has outputs or inputs: a sum of many adapters on conv_out. */
  @Test
  void takesARankAboveTheLayersOwn() {
    AdaptedModule module = linear("conv_out", 4, 30, 9, 9, 5);
    AdaptedModule reduced = reduce(module, 9).adapter().modules().get(0);
    assertThat(reduced.rank()).isEqualTo(4);
    assertThat(error(dense(reduced), dense(module))).isLessThan(FP32);
    AdaptedModule narrow = linear("conv_in", 30, 4, 9, 9, 5);
    assertThat(reduce(narrow, 9).adapter().modules().get(0).rank()).isEqualTo(4);
  }

  /** Eckart and Young: what is lost is the energy of the singular values left out. */
  @Test
  void losesWhatTheFractionSays() {
    AdaptedModule module = linear("a", 40, 24, 8, 2, 3);
    RankReduction reduction = reduce(module, 3);
    double lost = error(dense(reduction.adapter().modules().get(0)), dense(module));
    assertThat(1 - lost * lost).isCloseTo(reduction.fraction(), within(1e-6));
    assertThat(reduction.modules().get(0).energy())
        .isCloseTo(
            Math.pow(norm(dense(module)), 2), within(1e-9 * reduction.modules().get(0).energy()));
  }

  @Test
  void isNearerThanAnyOtherUpdateOfThatRank() {
    AdaptedModule module = linear("a", 12, 10, 4, 4, 3);
    double best = error(dense(reduce(module, 2).adapter().modules().get(0)), dense(module));
    for (int seed = 0; seed < 200; seed++) {
      AdaptedModule disturbance = linear("a", 12, 10, 2, 0.02, seed);
      AdaptedModule near = reduce(module, 2).adapter().modules().get(0);
      for (int i = 0; i < near.down().length; i++) {
        near.down()[i] += 0.05f * disturbance.down()[i];
      }
      assertThat(error(dense(near), dense(module))).isGreaterThan(best);
    }
  }

  @Test
  void sharesSingularValuesBetweenAAndB() {
    AdaptedModule reduced = reduce(linear("a", 40, 24, 6, 9, 1), 6).adapter().modules().get(0);
    double[] down = new double[6];
    double[] up = new double[6];
    for (int r = 0; r < 6; r++) {
      for (int i = 0; i < 24; i++) {
        down[r] += Math.pow(reduced.down()[r * 24 + i], 2);
      }
      for (int i = 0; i < 40; i++) {
        up[r] += Math.pow(reduced.up()[i * 6 + r], 2);
      }
      assertThat(down[r]).isCloseTo(up[r], within(1e-5 * up[r]));
    }
    assertThat(reduced.scale()).isEqualTo(1);
  }

  @Test
  void anUpdateOfZeroStaysOne() {
    AdaptedModule zero =
        new AdaptedModule(
            Network.UNET,
            "a",
            new long[] {4, 6},
            new float[24],
            new long[] {5, 4},
            new float[20],
            4);
    RankReduction reduction = reduce(zero, 2);
    assertThat(reduction.adapter().modules().get(0).down()).containsOnly(0);
    assertThat(reduction.fraction()).isEqualTo(1);
  }

  @Test
  void normsOfBlocksAreThoseOfTheWholeMatrices() {
    AdaptedModule mid = linear("mid_block.attentions.0.proj_in", 8, 8, 4, 2, 1);
    AdaptedModule up = linear("up_blocks.1.attentions.0.proj_in", 8, 8, 4, 2, 2);
    AdaptedModule alsoUp = linear("up_blocks.1.attentions.1.proj_in", 8, 8, 4, 8, 3);
    AdaptedModule in = linear("conv_in", 8, 4, 4, 8, 3);
    AdaptedModule out = linear("conv_out", 4, 8, 4, 8, 3);
    List<BlockNorms.Block> blocks = BlockNorms.of(adapter(out, up, alsoUp, mid, in));
    assertThat(blocks)
        .extracting(BlockNorms.Block::block)
        .containsExactly("conv_in", "mid_block", "up_blocks.1", "conv_out");
    assertThat(blocks).extracting(BlockNorms.Block::modules).containsExactly(1, 1, 2, 1);
    assertThat(blocks.get(1).norm()).isCloseTo(norm(dense(mid)), within(1e-10));
    assertThat(blocks.get(2).norm())
        .isCloseTo(Math.hypot(norm(dense(up)), norm(dense(alsoUp))), within(1e-10));
  }

  private static RankReduction reduce(AdaptedModule module, int rank) {
    return RankReduction.of(adapter(module), rank, done -> {});
  }
}
