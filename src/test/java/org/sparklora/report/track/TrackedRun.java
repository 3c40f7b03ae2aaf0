package org.sparklora.report.track;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.sparklora.pipeline.PngFile;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunListener;
import org.sparklora.train.step.StepMemory;
import org.sparklora.train.step.StepResult;
import org.sparklora.train.step.StepTiming;
import org.sparklora.train.step.TimeSplit;

/** Tells trackers of a run, and asks Python what has become of it. */
final class TrackedRun {
  static final RunEvent.RunDescription DESCRIPTION =
      new RunEvent.RunDescription(
          "twemoji",
          "s3a://bucket/twemoji",
          "/models/sd",
          "/data/twemoji",
          48_384,
          32,
          0,
          Map.of("rank", "4", "validation_prompt", "a \"red\" apple|猫", "long", "x".repeat(7000)),
          "app-1");

  /** So that a second run's files come after those of the first. */
  private static Instant now = Instant.parse("2026-01-01T00:00:00Z");

  private TrackedRun() {}

  static double loss(long step) {
    return 1.0 / (step + 1);
  }

  static void begin(long firstStep, RunListener tracker) {
    tracker.on(new RunEvent.Started(next(), DESCRIPTION));
    tracker.on(new RunEvent.Prepared(next(), "latents", 100, 0, List.of(), false));
    tracker.on(new RunEvent.Training(next(), firstStep, 10, 8, 2));
  }

  static void steps(long from, long to, RunListener tracker) {
    for (long step = from; step < to; step++) {
      tracker.on(
          new RunEvent.Stepped(
              next(),
              new StepResult(step, loss(step), 0.5, 1e-3, 1f, false),
              new StepTiming(
                  0.5,
                  0.1,
                  2,
                  new StepMemory(1L << 30, 1L << 31, 3L << 30),
                  new TimeSplit(0.38, 0.02, 0.097, 0.003, 0)),
              16));
    }
  }

  static void validate(long step, RunListener tracker) {
    byte[] base = png(0xFF0000);
    byte[] adapted = png(0x00FF00);
    tracker.on(
        new RunEvent.Validated(
            next(),
            step,
            1.5,
            OptionalDouble.of(0.25 + step),
            List.of(new RunEvent.ValidationPicture("a \"red\" apple", 8, base, adapted))));
  }

  static void finish(long step, RunListener tracker) {
    tracker.on(new RunEvent.Finished(next(), step, "s3a://bucket/twemoji/adapter.safetensors"));
  }

  private static Instant next() {
    now = now.plusSeconds(1);
    return now;
  }

  private static byte[] png(int color) {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    image.setRGB(1, 1, color);
    return PngFile.encode(image, Map.of());
  }

  /** Python that has the real trackers' packages. */
  static String interpreter() {
    String python = System.getenv("SPARK_LORA_TRACKERS_PYTHON");
    assumeThat(python)
        .as("SPARK_LORA_TRACKERS_PYTHON: a Python with tensorboard, mlflow and wandb")
        .isNotNull();
    return python;
  }

  /** Runs a script that prints JSON. */
  static JsonNode python(String script, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(interpreter(), "-c", script));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return new ObjectMapper().readTree(printed);
  }
}
