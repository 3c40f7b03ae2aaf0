package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.sparklora.spark.run.TrainingConfig;

/**
 * Command lines of one training command, and what they would have trained.
 *
 * @param command its name
 * @param required flags without which it does not start
 * @param started what was started, in order
 * @param err what was said of errors
 */
public record StartedTrainings(
    String command, List<String> required, List<TrainingConfig> started, StringWriter err) {
  public static StartedTrainings of(String command, String... required) {
    return new StartedTrainings(command, List.of(required), new ArrayList<>(), new StringWriter());
  }

  /** Starts a training with the required flags and others. */
  public TrainingConfig start(String... flags) {
    List<String> args = new ArrayList<>(required);
    LaterFlags.add(args, flags);
    assertThat(run(args.toArray(new String[0]))).as(err.toString()).isZero();
    return started.get(started.size() - 1);
  }

  /** The exit code of a command line with these flags alone. */
  public int run(String... flags) {
    List<String> args = new ArrayList<>(List.of(command));
    LaterFlags.add(args, flags);
    return Application.commandLine(
            started::add,
            config -> {},
            new PrintWriter(new StringWriter(), true),
            new PrintWriter(err, true))
        .execute(args.toArray(new String[0]));
  }
}
