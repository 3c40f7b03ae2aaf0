package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What needs no Spark runs in a process that has only what is in the application jar: no Spark, no
 * Hadoop, no Jackson, no log, no libtorch.
 */
@Tag("long")
class JarAloneTest {
  private static final Path ADAPTERS = Path.of("src/test/resources/adapters");

  @TempDir private static Path shared;
  @TempDir private Path folder;

  @BeforeAll
  static void makeJar() throws IOException {
    Path classes = Path.of("target/classes");
    try (OutputStream out = Files.newOutputStream(shared.resolve("alone.jar"));
        JarOutputStream jar = new JarOutputStream(out);
        Stream<Path> files = Files.walk(classes)) {
      jar.setLevel(1);
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        jar.putNextEntry(new JarEntry(classes.relativize(file).toString()));
        Files.copy(file, jar);
        jar.closeEntry();
      }
    }
  }

  private record Result(int code, String out, String err) {}

  private Result run(Object... args) throws Exception {
    List<String> libraries = new ArrayList<>(List.of(shared.resolve("alone.jar").toString()));
    for (String jar : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (Path.of(jar)
          .getFileName()
          .toString()
          .matches("(picocli|gson|snakeyaml-engine|api|pytorch-engine)-[0-9].*jar")) {
        libraries.add(jar);
      }
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp"));
    command.add(String.join(File.pathSeparator, libraries));
    command.add(Main.class.getName());
    Stream.of(args).map(String::valueOf).forEach(command::add);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove("SPARK_HOME");
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    int code = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start().waitFor();
    return new Result(code, Files.readString(out), Files.readString(err));
  }

  @Test
  void inspectTellsWhatItTellsWithSpark() throws Exception {
    for (String file :
        List.of("lora_disney.safetensors", "pytorch_lora_weights.bin", "learned_embeds.bin")) {
      Path adapter = ADAPTERS.resolve(file);
      Result alone = run("inspect", adapter);
      assertThat(alone.err()).isEmpty();
      assertThat(alone.code()).isZero();
      assertThat(alone.out()).isEqualTo(CommandRun.of("inspect", adapter).out());
      assertThat(run("inspect", "--json", adapter.toAbsolutePath().toUri()).out())
          .contains("\"path\": \"file:///");
    }
  }

  @Test
  void convertWritesTheBytesThatItWritesWithSpark() throws Exception {
    Path adapter = ADAPTERS.resolve("pytorch_lora_weights.bin");
    for (String format :
        List.of("diffusers", "kohya", "peft", "cloneofsimo", "diffusers-old-bin", "kohya-pt")) {
      Path one = folder.resolve("alone-" + format);
      Path other = folder.resolve("spark-" + format);
      Result alone = run("convert", adapter, "--format", format, "--output_dir", one);
      assertThat(alone.err()).isEmpty();
      assertThat(alone.code()).isZero();
      CommandRun spark =
          CommandRun.of("convert", adapter, "--format", format, "--output_dir", other);
      assertThat(alone.out()).isEqualTo(spark.out().replace(other.toString(), one.toString()));
      assertThat(files(one)).isNotEmpty().isEqualTo(files(other));
      for (String name : files(one)) {
        assertThat(one.resolve(name)).hasSameBinaryContentAs(other.resolve(name));
      }
    }
    Path peft = folder.resolve("alone-peft");
    assertThat(run("inspect", peft).out()).contains("format         peft");
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void whatIsWrongIsSaidInOneLineWithItsCode() throws Exception {
    Path bad = Files.writeString(folder.resolve("bad.safetensors"), "version https://git-lfs");
    Path there = Files.writeString(folder.resolve("there.safetensors"), "mine");
    Path disney = ADAPTERS.resolve("lora_disney.safetensors");
    refuses(3, "Missing adapter", "inspect", folder.resolve("none.safetensors"));
    refuses(3, bad.toString(), "inspect", bad);
    refuses(2, "Missing ADAPTER", "inspect");
    refuses(
        2, "is there already", "convert", disney, "--format=cloneofsimo", "--output_file", there);
    refuses(
        2,
        "Unsupported in format kohya",
        "convert",
        disney,
        "--format=kohya",
        "--output_dir",
        folder);
    refuses(
        2,
        "Cannot write to --output_dir",
        "convert",
        disney,
        "--format=kohya",
        "--output_dir=/proc/no");
    refuses(4, "Missing Spark", "inspect", "s3a://bucket/adapter.safetensors");
    refuses(4, "Missing Spark", "inspect", "somebody/something");
    refuses(
        4, "Missing Spark", "convert", disney, "--format=cloneofsimo", "--output_file=s3a://b/x");
    refuses(4, "Missing Spark", "merge", "--adapter", disney, "--output_dir", folder);
    assertThat(Files.readString(there)).isEqualTo("mine");
  }

  private void refuses(int code, String words, Object... args) throws Exception {
    Result result = run(args);
    assertThat(result.err()).startsWith("error: ").contains(words);
    assertThat(result.err().lines().filter(line -> !line.startsWith("See "))).hasSize(1);
    assertThat(result.code()).isEqualTo(code);
  }

  @Test
  void helpAndVersionAndCompletion() throws Exception {
    for (List<String> asked :
        List.of(
            List.of("--help"),
            List.of("--version"),
            List.of("help", "train"),
            List.of("generate", "--help"),
            List.of("completion", "bash"))) {
      Result result = run(asked.toArray());
      assertThat(result.code()).as(asked.toString()).isZero();
      assertThat(result.err()).isEmpty();
      assertThat(result.out().getBytes(StandardCharsets.UTF_8).length).isGreaterThan(50);
    }
  }
}
