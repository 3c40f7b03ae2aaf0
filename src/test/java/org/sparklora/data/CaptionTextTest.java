package org.sparklora.data;

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
    for (String text : new String[] {"a cat", "", "[a cat]", "[]", "[\"a cat\"", "[\"a\"], [b"}) {
      assertThat(CaptionText.captions(text)).containsExactly(text);
    }
  }
}
