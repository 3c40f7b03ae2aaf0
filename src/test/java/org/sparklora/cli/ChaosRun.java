package org.sparklora.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * A training run in processes of its own whose executors and driver are killed at moments that a
 * seed chooses, and which is submitted again until it is done.
 *
 * @param output {@code --output_dir}: a path or a URI
 * @param log where everything that the processes say goes
 * @param settings Spark's settings, as system properties
 */
record ChaosRun(String output, Path log, List<String> settings) {
  private static final int STEPS = 8;
  private static final int MOST_SUBMISSIONS = 12;
  private static final long DEADLINE_SECONDS = 600;

  /** What happened, for people. */
  record Report(int submissions, int executorsKilled, int driversKilled, double seconds) {}

  /** Runs without killing anything. */
  Report undisturbed() throws IOException, InterruptedException {
    long began = System.nanoTime();
    Process driver = submit();
    requireEnd(driver);
    if (driver.exitValue() != 0) {
      throw new IllegalStateException("Exit code " + driver.exitValue() + ", see " + log);
    }
    return new Report(1, 0, 0, seconds(began));
  }

  /**
   * Kills each executor that the first submission starts with, then its driver; the second
   * submission loses an executor and, for every other seed, its driver, too.
   *
   * @param typicalSeconds what an undisturbed run takes
   */
  Report disturbed(long seed, double typicalSeconds) throws IOException, InterruptedException {
    Random random = new Random(seed);
    long began = System.nanoTime();
    int executors = 0;
    int drivers = 0;
    for (int submission = 1; submission <= MOST_SUBMISSIONS; submission++) {
      Process driver = submit();
      int wanted = submission == 1 ? 2 : submission == 2 ? 1 : 0;
      boolean killDriver = submission == 1 || (submission == 2 && random.nextBoolean());
      for (int i = 0; i < wanted; i++) {
        executors += killAnExecutor(driver, random, typicalSeconds / (wanted + 1)) ? 1 : 0;
      }
      if (killDriver) {
        // The three pauses together end before a run does that nothing disturbs.
        drivers += killAfter(driver, random.nextDouble() * typicalSeconds / 4) ? 1 : 0;
      }
      requireEnd(driver);
      if (driver.exitValue() == 0) {
        return new Report(submission, executors, drivers, seconds(began));
      }
    }
    throw new IllegalStateException("Not done after " + MOST_SUBMISSIONS + " submissions: " + log);
  }

  private Process submit() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    // Short runs: what the second compiler would win it never earns back.
    command.add("-Dspark.executor.extraJavaOptions=-XX:+UseSerialGC -XX:TieredStopAtLevel=1");
    command.addAll(EmbeddedLaunch.sparkArguments());
    command.add("-Dlog4j2.configurationFile=" + Path.of("conf/log4j2.properties").toUri());
    settings.forEach(setting -> command.add("-D" + setting));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.add("train");
    command.addAll(SmallRun.flags(SmallRun.MODEL, SmallRun.DATA, 12, output));
    command.addAll(
        List.of(
            "--gradient_accumulation_steps=4",
            "--max_train_steps=" + STEPS,
            "--checkpointing_steps=2",
            "--checkpoints_total_limit=2",
            "--resume_from_checkpoint=latest",
            "--master=local-cluster[2,1,1024]"));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }

  /** Waits a while after there are executors, then kills one; false if the driver ended before. */
  private boolean killAnExecutor(Process driver, Random random, double mostSeconds)
      throws IOException, InterruptedException {
    double pause = random.nextDouble() * mostSeconds;
    double which = random.nextDouble();
    while (driver.isAlive() && executors(driver).isEmpty()) {
      Thread.sleep(50);
    }
    if (driver.waitFor((long) (pause * 1e3), TimeUnit.MILLISECONDS)) {
      return false;
    }
    List<ProcessHandle> executors = executors(driver);
    return !executors.isEmpty() && kill(executors.get((int) (which * executors.size())));
  }

  /** Kills the driver, and sees that its executors end by themselves. */
  private boolean killAfter(Process driver, double seconds)
      throws IOException, InterruptedException {
    if (driver.waitFor((long) (seconds * 1e3), TimeUnit.MILLISECONDS)) {
      return false;
    }
    List<ProcessHandle> executors = executors(driver);
    kill(driver.toHandle());
    for (ProcessHandle executor : executors) {
      for (int i = 0; executor.isAlive(); i++) {
        if (i == 600) {
          throw new IllegalStateException("Executor outlives its driver: " + executor.info());
        }
        Thread.sleep(100);
      }
    }
    return true;
  }

  /** An embedded cluster's driver starts no other processes than executors. */
  private static List<ProcessHandle> executors(Process driver) {
    return driver.descendants().toList();
  }

  private static boolean kill(ProcessHandle process) throws IOException, InterruptedException {
    return new ProcessBuilder("kill", "-9", String.valueOf(process.pid())).start().waitFor() == 0;
  }

  private void requireEnd(Process driver) throws InterruptedException {
    if (!driver.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
      driver.descendants().forEach(ProcessHandle::destroyForcibly);
      driver.destroyForcibly();
      throw new IllegalStateException("No end in " + DEADLINE_SECONDS + " s, see " + log);
    }
  }

  private static double seconds(long began) {
    return (System.nanoTime() - began) / 1e9;
  }
}
