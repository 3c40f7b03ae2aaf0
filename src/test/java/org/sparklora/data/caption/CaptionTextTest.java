package org.sparklora.data.caption;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CaptionTextTest {
  @Test
  void aJsonListOfStringsIsSeveralCaptions() {
    assertThat(CaptionText.captions("[\"a cat\", \"a \\\"pet\\\"\"]"))
        .containsExactly("a cat", "a \"pet\"");
  }

  @Test
  void everythingElseIsOneCaption() {
    for (String text :
        new String[] {"a cat", "[a cat]", "[\"a cat\"", "[\"a\"], [b", "[]]", "NA"}) {
      assertThat(CaptionText.captions(text)).containsExactly(text);
    }
  }

  @Test
  void emptyListsAndBlankEntriesAreNoCaptions() {
    for (String text : new String[] {"[]", " [ ] ", "[\"\"]", "[\" \", null]", "[null]"}) {
      assertThat(CaptionText.captions(text)).isEmpty();
    }
    assertThat(CaptionText.captions("[\"\", \"a cat\", null]")).containsExactly("a cat");
  }

  @Test
  void aTextInWhichNothingCanBeSeenIsNoCaption() {
    for (String blank :
        new String[] {
          "",
          " ",
          "\r\n\t",
          "\u00A0",
          "\u2003\u3000",
          "\u200B\u200D",
          "\uFEFF",
          "\u2060",
          "\u00AD",
          "\u200E\u200F",
          "\u0000",
          "\u3164",
          "\u2800",
          "\u0085"
        }) {
      assertThat(CaptionText.captions(blank)).as("%x", blank.hashCode()).isEmpty();
    }
    for (String seen : new String[] {".", "-", "\u2764\uFE0F", "\u200Bx", "\u0645", "0"}) {
      assertThat(CaptionText.captions(seen)).containsExactly(seen);
    }
  }
}
