package org.sparklora.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.store.FaultyDisk;
import org.sparklora.store.Holder;
import org.sparklora.store.OutputLease;
import org.sparklora.train.checkpoint.CheckpointKillTest;

/** As {@link CheckpointKillTest}, with a lease, and with processes that end in truth. */
@Tag("slow")
class ProcessKillTest {
  private static final int KILLED = 137;

  @TempDir private Path root;

  @Test
  void whateverAProcessWasKilledBeforeTheNextEndsWithTheSameBytes() throws Exception {
    run(root.resolve("undisturbed"), new Configuration());
    Map<String, String> expected = results("undisturbed");
    int number = 1;
    for (int code = KILLED; code == KILLED; number++) {
      code = process(number);
      long began = System.nanoTime();
      run(root.resolve("run-" + number), new Configuration());
      assertThat((System.nanoTime() - began) / 1e9)
          .as("nobody waits for a process that is gone")
          .isLessThan(25);
      assertThat(results("run-" + number)).as("kill %d", number).isEqualTo(expected);
    }
    assertThat(number).isGreaterThan(50);
  }

  private int process(int number) throws IOException, InterruptedException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            ProcessKillTest.class.getName(),
            root.resolve("run-" + number).toString(),
            String.valueOf(number))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  /** The process: a folder, and the number of the operation before which it ends. */
  public static void main(String[] args) throws IOException {
    int at = Integer.parseInt(args[1]);
    AtomicInteger operations = new AtomicInteger();
    run(
        Path.of(args[0]),
        FaultyDisk.configuration(
            (operation, path) -> {
              if (operations.incrementAndGet() >= at) {
                Runtime.getRuntime().halt(KILLED);
              }
            }));
  }

  private static void run(Path folder, Configuration hadoop) throws IOException {
    try (OutputLease lease =
        OutputLease.acquire(
            hadoop,
            new org.apache.hadoop.fs.Path(folder.toUri()),
            Holder.current("a run"),
            () -> {})) {
      CheckpointKillTest.train(folder, hadoop, lease);
    }
  }

  /** Leases tell of processes; nothing else may differ, and nothing half written is left. */
  private Map<String, String> results(String name) throws IOException {
    Files.createDirectories(root.resolve(name));
    Map<String, String> files = CheckpointKillTest.files(root.resolve(name));
    files.keySet().removeIf(file -> file.startsWith("_lease/"));
    return files;
  }
}
