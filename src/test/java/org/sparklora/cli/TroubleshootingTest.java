package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The messages that the page speaks of are those of the program. */
class TroubleshootingTest {
  private static final Pattern MESSAGE = Pattern.compile("^\\| `([^`]+)`");
  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");

  @Test
  void everyMessageIsInTheSource() throws IOException {
    String source = literals();
    List<String> messages = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("src/docs/troubleshooting.md"))) {
      Matcher message = MESSAGE.matcher(line);
      if (message.find()) {
        messages.add(message.group(1));
      }
    }
    assertThat(messages).hasSizeGreaterThan(40);
    assertThat(messages).allSatisfy(message -> assertIn(source, message));
  }

  /** The words between the values must be there. */
  private static void assertIn(String source, String message) {
    List<String> words =
        Stream.of(message.split("…|\\(FILE:LINE\\)", -1))
            .map(String::strip)
            .filter(part -> part.length() > 3)
            .toList();
    assertThat(words).as(message).isNotEmpty();
    assertThat(words)
        .as(message)
        .allSatisfy(part -> assertThat(source.contains(part)).as(part).isTrue());
  }

  /** All text of the program, literals that are added up joined. */
  private static String literals() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .map(TroubleshootingTest::text)
          .map(text -> text.replaceAll("\"\\s*\\+\\s*\"", ""))
          .flatMap(text -> LITERAL.matcher(text).results().map(literal -> literal.group(1)))
          .collect(Collectors.joining("\n"));
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
