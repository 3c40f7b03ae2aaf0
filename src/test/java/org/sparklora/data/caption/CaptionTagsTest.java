package org.sparklora.data.caption;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class CaptionTagsTest {
  private static final String CAPTION = "a cat , red, on grass,smiling,, drawn";

  @Test
  void captionsStayAsTheyAreByDefault() {
    assertThat(new CaptionTags(CaptionConfig.AS_IS, 7).caption(CAPTION, 3, 5)).isEqualTo(CAPTION);
    assertThat(CaptionConfig.AS_IS.changes()).isFalse();
    assertThat(CaptionConfig.AS_IS.recipe()).isEmpty();
  }

  @Test
  void shufflesAllButTheTagsToKeepByEpochAndSample() {
    CaptionTags tags = new CaptionTags(new CaptionConfig(true, 2, ",", "", 0, "", ""), 7);
    Set<String> seen = new HashSet<>();
    for (int epoch = 0; epoch < 200; epoch++) {
      String caption = tags.caption(CAPTION, epoch, 5);
      assertThat(caption).startsWith("a cat, red, ");
      assertThat(Arrays.asList(caption.split(", ", -1)))
          .containsExactlyInAnyOrder("a cat", "red", "on grass", "smiling", "", "drawn");
      assertThat(tags.caption(CAPTION, epoch, 5)).isEqualTo(caption);
      seen.add(caption);
    }
    assertThat(seen).as("all orders of four tags").hasSize(24);
  }

  @Test
  void aMarkKeepsWhatStandsBeforeItAndAfterASecondOne() {
    CaptionTags tags = new CaptionTags(new CaptionConfig(true, 0, ";", "|||", 0, "", ""), 7);
    assertThat(tags.caption("x;y|||b|||z; w", 0, 0)).isEqualTo("x, y, b, z, w");
    assertThat(tags.caption("x ||| b", 0, 0)).isEqualTo("x, b");
  }

  @Test
  void leavesTagsOutAtTheirRate() {
    CaptionTags tags = new CaptionTags(new CaptionConfig(false, 1, ",", "", 0.25, "", ""), 7);
    int kept = 0;
    for (int epoch = 0; epoch < 1000; epoch++) {
      String[] left = tags.caption("keep, 1, 2, 3, 4", epoch, 0).split(", ", -1);
      assertThat(left[0]).isEqualTo("keep");
      kept += left.length - 1;
    }
    assertThat(kept / 4000.0).isBetween(0.72, 0.78);
  }

  @Test
  void prefixAndSuffixStandAroundEveryCaption() {
    CaptionConfig config = new CaptionConfig(false, 0, ",", "", 0, "a photo of", "in snow");
    assertThat(config.changes()).isTrue();
    assertThat(new CaptionTags(config, 7).caption("a cat", 0, 0))
        .isEqualTo("a photo of a cat in snow");
  }

  @Test
  void aCaptionGoesIntoATemplateFirst() {
    CaptionConfig config =
        new CaptionConfig(false, 0, ",", "", 0, "emoji:", "").in(CaptionTemplates.STYLE);
    CaptionTags tags = new CaptionTags(config, 7);
    assertThat(config.changes()).isTrue();
    assertThat(config.recipe()).containsEntry("learnable_property", "style");
    assertThat(tags.caption("<s>", 0, 3)).matches("emoji: (a|the) .* in the style of <s>");
    assertThat(tags.heldOut("<s>", 3)).isEqualTo(tags.caption("<s>", 0, 3).substring(7));
  }

  @Test
  void aWildcardIsOneOfItsWordsAndTwoBracesAreOne() {
    CaptionConfig config =
        new CaptionConfig(false, 0, ",", "", 0, "", "", true, "", 0, CaptionTemplates.CAPTION);
    CaptionTags tags = new CaptionTags(config, 7);
    TreeSet<String> seen = new TreeSet<>();
    for (int epoch = 0; epoch < 40; epoch++) {
      String caption = tags.caption("a {red|dark blue|} hat, {{x}}", epoch, 3);
      assertThat(caption).isEqualTo(tags.caption("a {red|dark blue|} hat, {{x}}", epoch, 3));
      seen.add(caption);
    }
    assertThat(seen)
        .containsExactlyInAnyOrder("a red hat, {x}", "a dark blue hat, {x}", "a  hat, {x}");
  }

  @Test
  void whatASecondSeparatorPartsStaysTogether() {
    CaptionConfig config =
        new CaptionConfig(true, 0, ",", "", 0, "", "", false, ";;;", 0, CaptionTemplates.CAPTION);
    CaptionTags tags = new CaptionTags(config, 7);
    for (int epoch = 0; epoch < 10; epoch++) {
      assertThat(tags.caption("a, b;;;c, d", epoch, 1)).contains("b,c").doesNotContain(";");
    }
  }
}
