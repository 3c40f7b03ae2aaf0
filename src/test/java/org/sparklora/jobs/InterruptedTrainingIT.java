package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.spark.settings.ToldToEnd;

/**
 * Ctrl-C, once and twice, and SIGTERM. A terminal sends its signal to every process of a job, so
 * each run here is a process group.
 */
@Tag("long")
@Timeout(600)
class InterruptedTrainingIT {
  private static final int INTERRUPTED = 130;
  private static final int TERMINATED = 143;

  /** The first signal may have come a little before the process hangs. */
  private static final long NEARLY_A_SECOND = 200_000_000;

  private static final String ADAPTER = "pytorch_lora_weights.safetensors";
  private static final String JAR = "java -jar target/spark-lora.jar train";
  private static final String SUBMIT = "jobs/submit-local";

  /** Nothing but a signal makes these flags save a checkpoint. */
  private static final String RECIPE =
      " --pretrained_model_name_or_path=$PWD/src/quickstart/base-model"
          + " --dataset_name=$PWD/src/quickstart/noto --max_train_samples=12 --resolution=64"
          + " --train_batch_size=1 --num_workers=2 --learning_rate=1e-3 --seed=5"
          + " --max_train_steps=60 --checkpointing_steps=500";

  private static final Pattern LAST_WORDS =
      Pattern.compile(
          "Told to end after step (\\d+)\\. Report: .*\\R"
              + "Last whole checkpoint: .*/checkpoint-\\1\\. To go on:\\R"
              + "((?s:.*)--resume_from_checkpoint=latest)\\s*\\z");

  @TempDir private static Path folder;

  private static byte[] expected;

  @BeforeAll
  static void trainWithoutASignal() throws Exception {
    try (Shell calm = train(SUBMIT, "calm")) {
      assertThat(calm.end()).as(calm.text()).isZero();
    }
    expected = adapter("calm");
  }

  @Test
  void killAndCtrlCSaveTheLastStepAndTheCommandsTheyPrintGoOn() throws Exception {
    String command;
    try (Shell run = train(JAR, "once")) {
      await(run, "step 1/");
      kill("TERM", run.process().pid());
      command = lastWords(run, TERMINATED, "once");
    }
    try (Shell run = again(command, "once-again")) {
      await(run, "step ");
      kill("INT", -run.process().pid());
      command = lastWords(run, INTERRUPTED, "once");
    }
    goesOn(command, "once");
  }

  /** A wrapper that passes on what the terminal has sent, too, is no second thought. */
  @Test
  void twoInOneMomentAreOne() throws Exception {
    String command;
    try (Shell run = train(SUBMIT, "twice")) {
      await(run, "step 1/");
      String both = "kill -INT -- -%1$d && kill -INT -- -%1$d".formatted(run.process().pid());
      Scripts.run(Map.of(), "bash", "-c", both);
      command = lastWords(run, INTERRUPTED, "twice");
    }
    goesOn(command, "twice");
  }

  @Test
  void aLaterSecondCtrlCEndsAProcessThatHangs() throws Exception {
    String hanging =
        Path.of(System.getProperty("java.home"), "bin", "java")
            + " @src/main/resources/org/sparklora/cli/spark-java.args -cp '"
            + System.getProperty("java.class.path")
            + "' '"
            + Hanging.class.getName()
            + "'";
    try (Shell run = start(hanging, "hanging")) {
      await(run, "started");
      kill("INT", run.process().pid());
      await(run, "hangs");
      long began = System.nanoTime();
      for (int i = 0; i < 600 && !run.process().waitFor(100, TimeUnit.MILLISECONDS); i++) {
        kill("INT", run.process().pid());
      }
      assertThat(run.process().isAlive()).as(run.text()).isFalse();
      assertThat(run.process().exitValue()).as(run.text()).isEqualTo(INTERRUPTED);
      assertThat(System.nanoTime() - began)
          .as("signals within one second count as one")
          .isGreaterThan(NEARLY_A_SECOND);
    }
  }

  /** A process whose end takes for ever. */
  static final class Hanging {
    private Hanging() {}

    public static void main(String[] args) throws InterruptedException {
      ToldToEnd.prepare();
      CountDownLatch never = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    System.out.println("hangs");
                    try {
                      never.await();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  }));
      System.out.println("started");
      never.await();
    }
  }

  /**
   * Awaits its end and looks for the checkpoint that it speaks of.
   *
   * @return the command to go on, which has several lines
   */
  private static String lastWords(Shell run, int code, String name) throws Exception {
    assertThat(run.end()).as(run.text()).isEqualTo(code);
    Matcher words = LAST_WORDS.matcher(run.text());
    assertThat(words.find()).as(run.text()).isTrue();
    String checkpoint = "checkpoint-" + words.group(1) + "/manifest.json";
    assertThat(folder.resolve(name).resolve(checkpoint)).exists();
    assertThat(run.text().split("Told to end", -1)).as("said once").hasSize(2);
    return words.group(2);
  }

  private static void goesOn(String command, String name) throws Exception {
    try (Shell run = again(command, name + "-end")) {
      assertThat(run.end()).as(run.text()).isZero();
      assertThat(run.text()).contains("Resuming from ");
    }
    assertThat(adapter(name)).isEqualTo(expected);
  }

  private static Shell train(String command, String name) throws IOException {
    return start(
        command
            + RECIPE
            + (" --latent_cache_dir=" + folder.resolve("latents"))
            + (" --output_dir=" + folder.resolve(name)),
        name);
  }

  private static Shell again(String command, String log) throws IOException {
    Path script = Files.writeString(folder.resolve(log + ".sh"), command);
    return start("bash " + script, log);
  }

  /**
   * A process group of its own, whose id is the process's; a background job would ignore SIGINT.
   */
  private static Shell start(String command, String log) throws IOException {
    String script = "exec env --default-signal=INT setsid " + command;
    return Shell.start(script, folder.resolve(log + ".log"), environment());
  }

  private static Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    environment.put("MASTER", "local[2]");
    environment.put("SPARK_LOCAL_IP", "127.0.0.1");
    environment.put("OMP_WAIT_POLICY", "passive");
    environment.put("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
    environment.put("PATH", Path.of("jobs/bin").toAbsolutePath() + ":" + System.getenv("PATH"));
    return environment;
  }

  private static void await(Shell run, String text) throws Exception {
    while (!run.text().contains(text)) {
      assertThat(run.process().waitFor(5, TimeUnit.MILLISECONDS)).as(run.text()).isFalse();
    }
  }

  /**
   * Sends a signal.
   *
   * @param process its id, or a group's with a minus
   */
  private static void kill(String signal, long process) throws Exception {
    Scripts.run(Map.of(), "kill", "-" + signal, "--", String.valueOf(process));
  }

  private static byte[] adapter(String name) throws IOException {
    return Files.readAllBytes(folder.resolve(name).resolve(ADAPTER));
  }
}
