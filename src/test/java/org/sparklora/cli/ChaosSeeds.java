package org.sparklora.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.fs.FSDataInputStream;
import org.sparklora.s3.Faults;
import org.sparklora.s3.S3Server;

/** Disturbed runs whose output is on S3, whose requests fail, and the run they must equal. */
final class ChaosSeeds implements AutoCloseable {
  private static final String ADAPTER = "/pytorch_lora_weights.safetensors";
  private static final double FAULTS = 0.05;

  private final S3Server s3 = S3Server.start();
  private final Path logs;
  private final byte[] expected;
  private final double seconds;

  /**
   * Makes the undisturbed run.
   *
   * @param logs a folder for what the runs say
   */
  ChaosSeeds(Path logs) throws IOException, InterruptedException {
    this.logs = logs;
    try {
      this.seconds = run("undisturbed", "direct").undisturbed().seconds();
      this.expected = adapter("undisturbed");
    } catch (IOException | InterruptedException | RuntimeException e) {
      // Its threads would keep the process alive.
      s3.close();
      throw e;
    }
  }

  /**
   * Makes a disturbed run.
   *
   * @return what was done to it
   * @throws IllegalStateException if its adapter has other bytes
   */
  String disturb(long seed) throws IOException, InterruptedException {
    String name = "seed-" + seed;
    Faults faults = Faults.seeded(seed, FAULTS);
    s3.faults(faults);
    ChaosRun.Report report = run(name, seed % 2 == 0 ? "tree" : "direct").disturbed(seed, seconds);
    s3.faults(Faults.none());
    if (!Arrays.equals(adapter(name), expected)) {
      throw new IllegalStateException("Other bytes with " + name + ": " + report);
    }
    if (Files.readString(logs.resolve(name + ".log")).contains(S3Server.SECRET)) {
      throw new IllegalStateException("A secret in " + name + ".log");
    }
    return name + ": same bytes, " + report + ", S3: " + faults.injected();
  }

  private ChaosRun run(String name, String exchange) {
    List<String> settings = new ArrayList<>();
    settings.add("spark.lora.exchange=" + exchange);
    s3.settings().forEach((key, value) -> settings.add("spark.hadoop." + key + "=" + value));
    return new ChaosRun(s3.uri(name), logs.resolve(name + ".log"), settings);
  }

  private byte[] adapter(String name) throws IOException {
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(s3.uri(name) + ADAPTER);
    try (FSDataInputStream in = path.getFileSystem(s3.hadoop()).open(path)) {
      return in.readAllBytes();
    }
  }

  @Override
  public void close() {
    s3.close();
  }

  /** The seeds from the first argument to the second; a folder for logs. */
  public static void main(String[] args) throws IOException, InterruptedException {
    try (ChaosSeeds seeds = new ChaosSeeds(Files.createDirectories(Path.of(args[2])))) {
      System.out.println("undisturbed: " + seeds.seconds + " s");
      for (long seed = Long.parseLong(args[0]); seed <= Long.parseLong(args[1]); seed++) {
        System.out.println(seeds.disturb(seed));
      }
    }
  }
}
