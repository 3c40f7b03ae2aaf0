package org.sparklora;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** The application jar may be given to others: licences, notices and a list of what is inside. */
class ReleaseJarIT {
  private static final Path JAR = Path.of("target/spark-lora.jar");
  private static final String SBOM = "META-INF/sbom/spark-lora.cdx.json";
  private static final Set<String> LICENCES =
      Set.of("Apache-2.0", "LGPL-2.1-or-later", "BSD-3-Clause", "MIT");

  @Test
  void holdsTheLicenceAndTheNoticeOfThisProject() throws IOException {
    assertThat(text("META-INF/LICENSE")).isEqualTo(Files.readString(Path.of("LICENSE")));
    assertThat(text("META-INF/NOTICE")).isEqualTo(Files.readString(Path.of("NOTICE")));
    assertThat(names())
        .doesNotContain("LICENSE", "NOTICE")
        .filteredOn(
            name -> name.startsWith("META-INF/LICENSE") || name.startsWith("META-INF/NOTIC"))
        .hasSize(2);
  }

  @Test
  void holdsTheNoticesOfLibrariesInsideLibraries() throws IOException {
    assertThat(text("META-INF/licenses/libwebp.txt"))
        .contains("Google Inc.", "Redistributions in binary form must reproduce");
    assertThat(text("META-INF/licenses/libffi.txt")).contains("Anthony Green", "free of charge");
    assertThat(names())
        .anyMatch(name -> name.matches("META-INF/licenses/webp-imageio[^/]*/NOTICE"))
        .anyMatch(name -> name.matches("META-INF/licenses/jna[^/]*/META-INF/LICENSE"));
  }

  @Test
  void everyComponentHasALicenceThatWeAllowAndStandsInTheDocumentation() throws IOException {
    Set<String> documented =
        Pattern.compile("^\\| `([^`]+:[^`]+)` \\|", Pattern.MULTILINE)
            .matcher(Files.readString(Path.of("src/docs/licenses.md")))
            .results()
            .map(match -> match.group(1))
            .collect(toSet());
    List<JsonNode> components = components();

    assertThat(components)
        .extracting(part -> part.path("group").asText() + ":" + part.path("name").asText())
        .containsExactlyInAnyOrderElementsOf(documented);
    assertThat(components)
        .allSatisfy(
            part ->
                assertThat(licences(part))
                    .as(part.path("name").asText())
                    .isNotEmpty()
                    .isSubsetOf(LICENCES));
  }

  private static List<JsonNode> components() throws IOException {
    return list(new ObjectMapper().readTree(text(SBOM)).path("components"));
  }

  private static List<String> licences(JsonNode component) {
    return list(component.path("licenses")).stream()
        .map(entry -> entry.path("license").path("id").asText())
        .toList();
  }

  private static List<JsonNode> list(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  private static List<String> names() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      return jar.stream().map(ZipEntry::getName).toList();
    }
  }

  private static String text(String name) throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile());
        InputStream in = jar.getInputStream(jar.getEntry(name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
