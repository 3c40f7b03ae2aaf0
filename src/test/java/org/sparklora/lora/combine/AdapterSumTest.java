package org.sparklora.lora.combine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sparklora.lora.TestModules.adapter;
import static org.sparklora.lora.TestModules.dense;
import static org.sparklora.lora.TestModules.error;
import static org.sparklora.lora.TestModules.linear;
import static org.sparklora.lora.TestModules.plus;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.lora.TestModules;
import org.sparklora.model.Network;
import org.sparklora.util.InvalidInputException;

class AdapterSumTest {
  @Test
  void keepsADoraAloneAndRefusesItsSum() {
    AdaptedModule plain = TestModules.linear("a", 3, 4, 2, 1, 1);
    AdaptedModule dora = plain.withMagnitude(new float[] {1, 2, 3});
    Adapter one = TestModules.adapter(dora, TestModules.linear("b", 3, 4, 2, 1, 2));
    AdaptedModule alone =
        AdapterSum.of(List.of(new AdapterSum.Part("one", one, 0.5))).modules().get(0);
    assertThat(alone.magnitude().orElseThrow()).containsExactly(1, 2, 3);
    assertThat(alone.scale()).isEqualTo(0.5 * dora.scale());
    AdapterSum.Part other = new AdapterSum.Part("other", TestModules.adapter(plain), 1);
    assertThatThrownBy(() -> AdapterSum.of(List.of(new AdapterSum.Part("one", one, 1), other)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Cannot merge module a: it is a DoRA in one");
  }

  private static final double FP32 = 0x1p-23;

  @Test
  void isTheWeightedSumOfTheUpdates() {
    AdaptedModule one = linear("a", 24, 16, 4, 8, 1);
    AdaptedModule other = linear("a", 24, 16, 3, 1, 2);
    AdaptedModule sum = sum(weighted(one, 0.7), weighted(other, -1.3)).modules().get(0);
    assertThat(sum.rank()).isEqualTo(7);
    double[][] expected = plus(plus(new double[24][16], 0.7, dense(one)), -1.3, dense(other));
    assertThat(error(dense(sum), expected)).isLessThan(FP32);
  }

  @Test
  void roundsNothingWhereAllHaveOneScale() {
    AdaptedModule one = linear("a", 24, 16, 4, 12, 1);
    AdaptedModule other = linear("a", 24, 16, 2, 6, 2);
    AdaptedModule sum = sum(weighted(one, 0.1), weighted(other, 0.1)).modules().get(0);
    assertThat(error(dense(sum), plus(dense(one), 1, dense(other)))).isGreaterThan(0.5);
    assertThat(
            error(dense(sum), plus(plus(new double[24][16], 0.1, dense(one)), 0.1, dense(other))))
        .isLessThan(1e-15);
  }

  @Test
  void keepsAModuleThatOnlyOneHas() {
    AdaptedModule one = linear("a", 8, 8, 4, 4, 1);
    AdaptedModule other = linear("b", 8, 8, 2, 2, 2);
    Adapter sum = sum(weighted(one, 1), weighted(other, 2));
    assertThat(sum.modules()).extracting(AdaptedModule::name).containsExactly("a", "b");
    assertThat(sum.modules()).extracting(AdaptedModule::rank).containsExactly(4, 2);
  }

  @Test
  void addsALinearLayerAndAOneByOneConvolution() {
    AdaptedModule linear = linear("a", 8, 6, 2, 2, 1);
    AdaptedModule conv =
        new AdaptedModule(
            Network.UNET,
            "a",
            new long[] {2, 6, 1, 1},
            linear.down(),
            new long[] {8, 2, 1, 1},
            linear.up(),
            2);
    AdaptedModule sum = sum(weighted(linear, 1), weighted(conv, 1)).modules().get(0);
    assertThat(sum.downShape()).containsExactly(4, 6);
    assertThat(error(dense(sum), plus(dense(linear), 1, dense(linear)))).isLessThan(FP32);
  }

  @Test
  void refusesModulesOfDifferentShapes() {
    assertThatThrownBy(
            () ->
                sum(
                    new AdapterSum.Part("one.bin", adapter(linear("a", 8, 6, 2, 2, 1)), 1),
                    new AdapterSum.Part("two.bin", adapter(linear("a", 8, 5, 2, 2, 1)), 1)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("module a")
        .hasMessageContaining("one.bin")
        .hasMessageContaining("two.bin")
        .hasMessageContaining("[2, 5]");
  }

  @Test
  void refusesValuesThatAreNotFinite() {
    AdaptedModule broken = linear("a", 5, 6, 2, 2, 1);
    broken.up()[3] = Float.NaN;
    assertThatThrownBy(() -> sum(new AdapterSum.Part("run7.bin", adapter(broken), 1)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("not finite")
        .hasMessageContaining("run7.bin");
  }

  @Test
  void keepsLearnedTokensAndRefusesTheSameTwice() {
    AdapterSum.Part cat = token("cat.bin", "<cat>");
    AdapterSum.Part dog = token("dog.bin", "<dog>");
    assertThat(sum(cat, dog).tokens())
        .extracting(LearnedToken::token)
        .containsExactly("<cat>", "<dog>");
    assertThatThrownBy(() -> sum(cat, dog, token("other.bin", "<cat>")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("<cat>")
        .hasMessageContaining("cat.bin")
        .hasMessageContaining("other.bin");
  }

  @Test
  void keepsWhatAllSayOfTheBaseModel() {
    Adapter one =
        new Adapter(
            List.of(),
            List.of(),
            Map.of("base_model", "sd15", "rank", "4", "ss_sd_model_name", "a"));
    Adapter other =
        new Adapter(
            List.of(),
            List.of(),
            Map.of("base_model", "sd15", "rank", "4", "ss_sd_model_name", "b"));
    assertThat(sum(new AdapterSum.Part("1", one, 1), new AdapterSum.Part("2", other, 1)).metadata())
        .containsExactly(Map.entry("base_model", "sd15"));
  }

  private static Adapter sum(AdapterSum.Part... parts) {
    return AdapterSum.of(List.of(parts));
  }

  private static AdapterSum.Part weighted(AdaptedModule module, double weight) {
    return new AdapterSum.Part("file", adapter(module), weight);
  }

  private static AdapterSum.Part token(String file, String token) {
    LearnedToken learned = new LearnedToken(token, new float[][] {{1, 2}});
    return new AdapterSum.Part(file, new Adapter(List.of(), List.of(learned), Map.of()), 1);
  }
}
