package org.sparklora.cli.tune;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SearchSpaceTest {
  private static final Dimension RATES =
      new Dimension.Values("learning_rate", List.of("1e-3", "1e-4"));
  private static final Dimension RANKS = new Dimension.Values("rank", List.of("2", "4", "8"));

  @Test
  void aGridHasEveryCombinationAndTheLastFlagChangesFirst() {
    assertThat(new SearchSpace(List.of(RATES, RANKS)).grid())
        .hasSize(6)
        .startsWith(
            Map.of("learning_rate", "1e-3", "rank", "2"),
            Map.of("learning_rate", "1e-3", "rank", "4"))
        .endsWith(Map.of("learning_rate", "1e-4", "rank", "8"))
        .doesNotHaveDuplicates();
  }

  @Test
  void someOfAGridAreDrawnInItsOrderAndWithoutRepetition() {
    SearchSpace space = new SearchSpace(List.of(RATES, RANKS));
    List<Map<String, String>> drawn = space.draw(4, 0);
    assertThat(drawn).hasSize(4).doesNotHaveDuplicates();
    assertThat(space.grid().stream().filter(drawn::contains).toList()).isEqualTo(drawn);
    assertThat(space.draw(9, 0)).isEqualTo(space.grid());
  }

  @Test
  void theSeedDecidesWhatIsDrawn() {
    SearchSpace space =
        new SearchSpace(List.of(new Dimension.Range("learning_rate", 1e-5, 1e-3, true, false)));
    assertThat(space.draw(3, 0)).isEqualTo(space.draw(3, 0)).isNotEqualTo(space.draw(3, 1));
    assertThat(space.draw(5, 0).subList(0, 3)).isEqualTo(space.draw(3, 0));
  }

  @Test
  void numbersOfALogarithmicRangeAreAsOftenInEachDecade() {
    SearchSpace space =
        new SearchSpace(List.of(new Dimension.Range("learning_rate", 1e-5, 1e-3, true, false)));
    List<Double> rates =
        space.draw(400, 3).stream()
            .map(trial -> Double.parseDouble(trial.get("learning_rate")))
            .toList();
    assertThat(rates).allMatch(rate -> rate >= 1e-5 && rate <= 1e-3);
    assertThat(rates.stream().filter(rate -> rate < 1e-4).count()).isBetween(160L, 240L);
  }

  @Test
  void aNumberHasThreeDigits() {
    SearchSpace space =
        new SearchSpace(List.of(new Dimension.Range("learning_rate", 1e-5, 1e-3, true, false)));
    assertThat(space.draw(50, 0))
        .allMatch(trial -> trial.get("learning_rate").matches("[1-9](\\.\\d{1,2})?e-[45]|0\\.001"));
    SearchSpace real =
        new SearchSpace(List.of(new Dimension.Range("lora_dropout", 0, 0.5, false, false)));
    assertThat(real.draw(50, 0))
        .allMatch(trial -> trial.get("lora_dropout").matches("0(\\.\\d{1,5})?|\\d\\.\\d+e-\\d+"));
  }

  @Test
  void wholeNumbersReachBothEnds() {
    SearchSpace space = new SearchSpace(List.of(new Dimension.Range("rank", 4, 6, false, true)));
    assertThat(space.draw(3, 0).stream().map(trial -> trial.get("rank")))
        .containsExactlyInAnyOrder("4", "5", "6");
    assertThat(space.draw(4, 0)).as("there are no more").hasSize(3);
  }
}
