package org.sparklora.spark.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromptLinesTest {
  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "\r"})
  void theLineThatIsTooLongIsNamed(String end) {
    String lines = ("a prompt" + end).repeat(200_000) + end;
    assertThatThrownBy(() -> PromptLines.require(bytes(lines + longest() + "x" + end + "b" + end)))
        .isInstanceOf(IOException.class)
        .hasMessage("line 200002 has more than the 1048576 bytes that are read of one");
  }

  @Test
  void noMoreIsReadThanTheLineMayHave() throws IOException {
    InputStream rest = new ByteArrayInputStream(new byte[4 * PromptLines.MOST_BYTES]);
    int all = rest.available();
    try (InputStream in = new SequenceInputStream(bytes("a\n".repeat(1000)), rest)) {
      assertThatThrownBy(() -> PromptLines.require(in)).hasMessageContaining("line 1001 has");
    }
    assertThat(all - rest.available()).isLessThan(PromptLines.MOST_BYTES + (1 << 17));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\r\n\r\n", "a"})
  void shortLinesPass(String text) throws IOException {
    PromptLines.require(bytes(text));
    PromptLines.require(bytes((longest() + "\n").repeat(2)));
  }

  private static String longest() {
    return "x".repeat(PromptLines.MOST_BYTES);
  }

  private static InputStream bytes(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }
}
