package org.sparklora.report.event;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.sparklora.report.history.RunHistory;
import org.sparklora.train.step.StepMemory;
import org.sparklora.train.step.StepResult;
import org.sparklora.train.step.StepTiming;
import org.sparklora.train.step.TimeSplit;

/** Events as a run tells them. */
public final class SomeRun {
  public static final Instant BEGAN = Instant.parse("2026-01-02T03:04:05Z");

  private SomeRun() {}

  public static RunEvent started(String name, String application) {
    return new RunEvent.Started(
        BEGAN,
        new RunEvent.RunDescription(
            name,
            "file:/out/" + name,
            "base-model",
            "pictures",
            48384,
            56,
            0,
            Map.of("rank", "4"),
            application));
  }

  public static RunEvent prepared(long leftOut, String... reasons) {
    return new RunEvent.Prepared(
        BEGAN.plusSeconds(10), "file:/out/latents/1", 373, leftOut, List.of(reasons), false);
  }

  public static RunEvent training(long firstStep, long steps) {
    return new RunEvent.Training(BEGAN.plusSeconds(20), firstStep, steps, 4, 2);
  }

  /** The step of this number, from 0. */
  public static RunEvent stepped(long step) {
    return stepped(step, 0);
  }

  /** The step of this number on a GPU with so much memory in use. */
  public static RunEvent stepped(long step, long deviceBytes) {
    double loss = 0.1 + 0.1 / (1 + step * 0.01) + 0.02 * Math.sin(step * 0.7);
    return new RunEvent.Stepped(
        BEGAN.plusSeconds(21).plusMillis(step * 500),
        new StepResult(step, loss, 0.05, 5e-4, 1, false),
        new StepTiming(
            0.5,
            0.01,
            2,
            new StepMemory(900_000_000L, 1_200_000_000L, deviceBytes),
            new TimeSplit(0.47, 0.02, 0.007, 0.003, 0)),
        8);
  }

  public static RunEvent saved(long step) {
    return new RunEvent.Saved(at(step), step, "file:/out/run/checkpoint-" + step);
  }

  public static RunEvent incident(long step, String what) {
    return new RunEvent.Incident(at(step), step, what);
  }

  public static RunEvent validated(long step, String prompt, byte[] base, byte[] adapted) {
    return new RunEvent.Validated(
        at(step),
        step,
        1,
        OptionalDouble.of(0.15 - step * 1e-5),
        List.of(new RunEvent.ValidationPicture(prompt, 8, base, adapted)));
  }

  public static RunEvent failed(long step, String reason) {
    return new RunEvent.Failed(at(step), step, reason);
  }

  private static Instant at(long step) {
    return BEGAN.plusSeconds(21).plusMillis(step * 500);
  }

  /** A history of these events. */
  public static RunHistory history(RunEvent... events) {
    RunHistory history = new RunHistory();
    List.of(events).forEach(history::add);
    return history;
  }

  /** Steps from one to before another. */
  public static void train(RunHistory history, long from, long to) {
    for (long step = from; step < to; step++) {
      history.add(stepped(step));
    }
  }

  public static ReportFacts facts(String... arguments) {
    return new ReportFacts(
        List.of(new ReportFacts.Setting("LoRA", "rank", "4", "flag")),
        List.of(new ReportFacts.Fact("Seed", "8")),
        ResumeCommand.of(
            Optional.of("/work"), List.of("java", "-jar", "spark-lora.jar"), List.of(arguments)),
        1,
        false);
  }
}
