package org.sparklora.data.caption;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CaptionTemplatesTest {
  private static final long SEED = 7;

  @ParameterizedTest
  @EnumSource
  void everyTemplateHasOnePlaceForTheToken(CaptionTemplates templates) {
    assertThat(templates.texts()).allMatch(text -> text.split("\\{\\}", -1).length == 2);
  }

  @Test
  void aCaptionIsAFunctionOfSeedEpochAndSample() {
    String caption = CaptionTemplates.STYLE.caption("<s>", SEED, 3, 11);
    assertThat(caption).isEqualTo(CaptionTemplates.STYLE.caption("<s>", SEED, 3, 11));
    assertThat(caption).endsWith("in the style of <s>");
    assertThat(epochs(SEED, 11)).isNotEqualTo(epochs(SEED, 12)).isNotEqualTo(epochs(8, 11));
  }

  @Test
  void aCaptionMayStayAsItIs() {
    assertThat(CaptionTemplates.CAPTION.caption("a {} <s>", SEED, 3, 11)).isEqualTo("a {} <s>");
  }

  @Test
  void overTheEpochsEveryTemplateIsDrawn() {
    Set<String> drawn = new TreeSet<>();
    LongStream.range(0, 400)
        .forEach(epoch -> drawn.add(CaptionTemplates.OBJECT.caption("{}", SEED, epoch, 0)));
    assertThat(drawn).containsExactlyInAnyOrderElementsOf(CaptionTemplates.OBJECT.texts());
  }

  private static List<String> epochs(long seed, long sample) {
    return IntStream.range(0, 20)
        .mapToObj(epoch -> CaptionTemplates.OBJECT.caption("x", seed, epoch, sample))
        .toList();
  }
}
