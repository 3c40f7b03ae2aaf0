package org.sparklora;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DocumentationTest {
  private static final Path DOCS = Path.of("src/docs");
  private static final Path PACKAGES = Path.of("src/main/java/org/sparklora");
  private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#\\s]+)[^)]*\\)");

  static List<Path> pages() throws IOException {
    try (Stream<Path> files = Files.walk(DOCS)) {
      return Stream.concat(files, Stream.of(Path.of("README.md")))
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void linksLeadToFiles(Path page) throws IOException {
    assertThat(LINK.matcher(Files.readString(page)).results().map(link -> link.group(1)))
        .allSatisfy(link -> assertThat(page.resolveSibling(link)).as(link).exists());
  }

  /** Tables and code keep their lines. */
  @ParameterizedTest
  @MethodSource("pages")
  void proseIsWrappedAtAHundredColumns(Path page) throws IOException {
    String withoutFences = Files.readString(page).replaceAll("(?ms)^```.*?^```", "");
    assertThat(withoutFences.lines())
        .filteredOn(line -> !line.startsWith("|") && !line.startsWith("    "))
        .allSatisfy(line -> assertThat(line.codePointCount(0, line.length())).isLessThan(101));
  }

  @Test
  void theIndexLeadsToEveryPage() throws IOException {
    Path index = DOCS.resolve("index.md");
    String links =
        LINK.matcher(Files.readString(index)).results().map(link -> link.group(1)).toList() + "";
    assertThat(pages())
        .filteredOn(page -> page.getParent() != null && page.getParent().equals(DOCS))
        .filteredOn(page -> !page.equals(index))
        .allSatisfy(page -> assertThat(links).contains(page.getFileName().toString()));
    assertThat(links).contains("decisions/");
  }

  @Test
  void theArchitecturePageNamesEveryPackage() throws IOException {
    String page = Files.readString(DOCS.resolve("architecture.md"));
    try (Stream<Path> folders = Files.walk(PACKAGES)) {
      assertThat(folders.filter(Files::isDirectory).filter(folder -> !folder.equals(PACKAGES)))
          .map(folder -> PACKAGES.relativize(folder).toString().replace('/', '.'))
          .allSatisfy(name -> assertThat(page).contains("`" + name + "`"));
    }
  }
}
