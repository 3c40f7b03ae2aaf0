package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code jobs/gpu_kit.py} leaves out of jars, and what the scripts of a kit refuse. */
class GpuKitTest {
  @TempDir private Path folder;

  @BeforeAll
  static void findPython() throws Exception {
    assumeThat(Scripts.run(Map.of(), "sh", "-c", "command -v python3").code()).isZero();
  }

  @Test
  void aJarKeepsThePackagesThatAreLoadedAndNoLibrariesOfOtherSystems() throws Exception {
    List<String> kept =
        trimmed(
            "some-1.jar",
            "{'a'}",
            "a/Loaded.class",
            "a/Neighbour.class",
            "b/Other.class",
            "META-INF/INDEX.LIST",
            "a/text.properties",
            "native/Linux/x86_64/lib.so",
            "native/Linux/aarch64/lib.so",
            "native/Windows/x86_64/lib.dll",
            "org/apache/spark/resource/Any.class");
    assertThat(kept)
        .containsExactly(
            "a/Loaded.class",
            "a/Neighbour.class",
            "a/text.properties",
            "native/Linux/x86_64/lib.so",
            "org/apache/spark/resource/Any.class");
  }

  @Test
  void ofAJarThatIsLoadedInPartOnlyTheClassesWithThoseInsideThemStay() throws Exception {
    List<String> kept =
        trimmed(
            "spark-catalyst_2.13-4.jar",
            "{'a/Loaded'}",
            "a/Loaded.class",
            "a/Loaded$Inside.class",
            "a/Neighbour.class");
    assertThat(kept).containsExactly("a/Loaded.class", "a/Loaded$Inside.class");
  }

  /** The name of DJL's JNI library in its cache has DJL's release. */
  @Test
  void theScriptKnowsTheReleaseOfDjlAndItsLibtorch() throws IOException {
    String pom = Files.readString(Path.of("pom.xml"));
    String script = Files.readString(Path.of("jobs/gpu-check"));
    String djl = script.replaceAll("(?s).*\ndjl=(\\S+)\n.*", "$1");
    String libtorch = script.replaceAll("(?s).*\nusual=(\\S+)\n.*", "$1");
    assertThat(pom).contains(">" + djl + "<").contains(">" + libtorch);
    assertThat(Files.readString(Path.of("jobs/djl-jni"))).contains("v" + djl);
    assertThat(Files.readString(Path.of("jobs/gpu_kit.py"))).contains("v" + djl);
  }

  @Test
  void withoutDjlsSourcesNothingIsCompiled() throws Exception {
    Scripts.Result result = Scripts.run(Map.of(), "jobs/djl-jni", "--djl=" + folder, "out.so");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.text()).contains("a folder with DJL's sources");
  }

  private List<String> trimmed(String name, String units, String... entries) throws Exception {
    Path jar = folder.resolve(name);
    Path out = folder.resolve("out.jar");
    try (OutputStream file = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      for (String entry : entries) {
        zip.putNextEntry(new ZipEntry(entry));
        zip.closeEntry();
      }
    }
    String code =
        "import gpu_kit, pathlib; gpu_kit.trim(pathlib.Path('%s'), pathlib.Path('%s'), %s)"
            .formatted(jar, out, units);
    Scripts.Result result =
        Scripts.run(
            Map.of("PYTHONPATH", "jobs", "PYTHONDONTWRITEBYTECODE", "1"), "python3", "-c", code);
    assertThat(result.code()).as(result.text()).isZero();
    try (JarFile read = new JarFile(out.toFile())) {
      return read.stream().map(ZipEntry::getName).toList();
    }
  }
}
