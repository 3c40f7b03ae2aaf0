package org.sparklora.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TerminalStreamTest {
  private static final String CLEAR = "\r\033[K";
  private static final String NEW_LINE = System.lineSeparator();

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TerminalStream stream = TerminalStream.of(bytes);

  @Test
  void aLineOfTheLogTakesTheProgressAway() {
    stream.progress("step 1/2", false);
    stream.println("WARN something");
    assertThat(printed()).endsWith("step 1/2\033[?7h" + CLEAR + "WARN something" + NEW_LINE);
  }

  @Test
  void progressIsShownAnewBelowTheLog() {
    stream.progress("step 1/2", false);
    stream.println("WARN something");
    stream.progress("step 2/2", true);
    assertThat(printed())
        .endsWith("something" + NEW_LINE + CLEAR + "\033[?7lstep 2/2\033[?7h" + NEW_LINE);
  }

  @Test
  void afterTheLastProgressNothingIsTakenAway() {
    stream.progress("step 2/2", true);
    stream.println("Adapter: x");
    assertThat(printed()).endsWith("step 2/2\033[?7h" + NEW_LINE + "Adapter: x" + NEW_LINE);
  }

  @Test
  void showsABar() {
    new LiveLine(stream, true, () -> 0).print("half", 0.5, true);
    assertThat(printed()).contains("[##########----------]").contains(" half");
  }

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
