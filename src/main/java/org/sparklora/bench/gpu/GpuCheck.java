package org.sparklora.bench.gpu;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.sparklora.tensor.CudaDriver;
import org.sparklora.util.FolderTree;
import org.sparklora.util.ProgramVersion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs all parts of the check, prints one table and writes it as JSON. */
@Command(
    name = "gpu-check",
    mixinStandardHelpOptions = true,
    description = "Checks a GPU node: numbers, bytes, pictures, speed.")
public final class GpuCheck implements Callable<Integer> {
  /** Marks a folder that this check has made, and may delete. */
  private static final String MARK = ".gpu-check";

  @Option(names = "--device", description = "gpu or cpu (default: ${DEFAULT-VALUE}).")
  private String device = "gpu";

  @Option(
      names = "--only",
      split = ",",
      description = "Parts to run: verify, bytes, pictures, bench, diffusers (default: all).")
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--model",
      description = "Base model of trainings and pictures (default: that of the quick start).")
  private Optional<Path> model = Optional.empty();

  @Option(names = "--minutes", description = "Time for all parts (default: ${DEFAULT-VALUE}).")
  private int minutes = 10;

  @Option(
      names = "--scratch",
      description =
          "Folder for logs and results; what an earlier check left in it goes (default:"
              + " ${DEFAULT-VALUE}).")
  private Path scratch = Path.of("target/gpu-check");

  @Option(names = "--python", description = "For the part diffusers (default: ${DEFAULT-VALUE}).")
  private String python = "python3";

  private final List<String> program;

  /**
   * @param program what starts the program, without Spark's settings and the command
   */
  GpuCheck(List<String> program) {
    this.program = List.copyOf(program);
  }

  /** Runs in the program's folder, with the class path that commands get, too. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new GpuCheck(program())).execute(args));
  }

  /** This process's Java, class path and arguments of Java. */
  static List<String> program() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx3g");
    command.add("@src/main/resources/org/sparklora/cli/spark-java.args");
    command.add("-Dlog4j2.configurationFile=conf/log4j2.properties");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add("org.sparklora.cli.Main");
    return command;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Part> all =
        List.of(new Numbers(), new SameBytes(), new Pictures(), new Speed(), new Diffusers(python));
    List<String> names = all.stream().map(Part::name).toList();
    if (!List.of("gpu", "cpu").contains(device) || !names.containsAll(only)) {
      System.err.println("error: --device is gpu or cpu, and --only takes " + names);
      return 2;
    }
    if (minutes < 1) {
      System.err.println("error: Invalid --minutes: " + minutes + "; at least 1 is needed");
      return 2;
    }
    Path folder = scratch.toAbsolutePath();
    if (isOfSomebodyElse(folder)) {
      System.err.println(
          "error: Invalid --scratch: "
              + scratch
              + "; it is no folder of an earlier check and has files; name a new or an empty one");
      return 2;
    }
    Path home = Path.of("").toAbsolutePath();
    Node node =
        new Node(
            device.equals("gpu"),
            home,
            model.orElse(Path.of("src/quickstart/base-model")).toAbsolutePath(),
            program,
            fresh(folder),
            System.nanoTime() + Duration.ofMinutes(minutes).toNanos());
    List<Row> rows = new ArrayList<>();
    for (Part part : all) {
      if (only.isEmpty() || only.contains(part.name())) {
        rows.addAll(run(part, node));
      }
    }
    Map<String, String> facts = facts(node.gpu());
    System.out.print(Table.text(facts, rows));
    Files.writeString(node.scratch().resolve("gpu-check.json"), json(facts, rows));
    System.out.println("Written: " + node.scratch().resolve("gpu-check.json"));
    return rows.stream().anyMatch(row -> row.verdict() == Row.Verdict.BROKEN) ? 1 : 0;
  }

  /** Runs a part. A failure becomes a row, so that the other parts still run. */
  private static List<Row> run(Part part, Node node) throws InterruptedException {
    System.err.println("Running " + part.name());
    try {
      return part.run(node);
    } catch (CommandFailedException | IOException e) {
      return List.of(Row.promise(part.name(), "can be run", e.getMessage(), false));
    }
  }

  private static boolean isOfSomebodyElse(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return Files.exists(folder);
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isPresent() && !Files.exists(folder.resolve(MARK));
    }
  }

  private static Path fresh(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      FolderTree.delete(folder);
    }
    Files.createFile(Files.createDirectories(folder).resolve(MARK));
    return folder;
  }

  private static Map<String, String> facts(boolean gpu) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("program", ProgramVersion.text());
    facts.put("java", Runtime.version().toString());
    facts.put("libtorch", System.getenv().getOrDefault("PYTORCH_LIBRARY_PATH", "that of the jar"));
    if (gpu) {
      Optional<CudaDriver> driver = CudaDriver.ofThisMachine();
      facts.put("card", driver.flatMap(known -> known.name(0)).orElse("none"));
      facts.put("CUDA of the driver", driver.flatMap(CudaDriver::version).orElse("none"));
      driver
          .flatMap(known -> known.memory(0))
          .ifPresent(bytes -> facts.put("memory", (bytes.all() >> 20) + " MiB"));
    }
    return facts;
  }

  private static String json(Map<String, String> facts, List<Row> rows) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode told = root.putObject("node");
    facts.forEach(told::put);
    ArrayNode list = root.putArray("rows");
    for (Row row : rows) {
      list.addObject()
          .put("part", row.part())
          .put("what", row.what())
          .put("value", row.value())
          .put("verdict", row.verdict().name().toLowerCase(Locale.ROOT));
    }
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
  }
}
