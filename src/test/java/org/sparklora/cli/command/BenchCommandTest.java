package org.sparklora.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sparklora.bench.BenchConfig;
import org.sparklora.bench.BenchReport;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.tensor.Precision;
import picocli.CommandLine;

class BenchCommandTest {
  private final List<BenchConfig> measured = new ArrayList<>();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    CommandLine command =
        new CommandLine(
            new BenchCommand(
                config -> {
                  measured.add(config);
                  return new BenchReport();
                }));
    return command
        .setExecutionExceptionHandler(
            (e, line, parsed) -> {
              err.write(String.valueOf(e.getMessage()));
              return ExitCode.CONFIGURATION.code();
            })
        .setOut(new PrintWriter(new StringWriter()))
        .execute(args);
  }

  @Test
  void flagsReachTheBenchmark() {
    int code =
        run(
            "--pretrained_model_name_or_path=model",
            "--mixed_precision=bf16",
            "--train_batch_size=2",
            "--num_workers=3",
            "--threads_per_worker=4",
            "--gradient_checkpointing",
            "--rank=16",
            "--resolution=256",
            "--steps=7",
            "--pictures=9",
            "--num_inference_steps=0",
            "--master=local[2]");

    assertThat(code).isZero();
    BenchConfig config = measured.get(0);
    assertThat(config.model().name()).isEqualTo("model");
    assertThat(config.batch().precision()).isEqualTo(Precision.BF16);
    assertThat(config.batch().trainBatchSize()).isEqualTo(2);
    assertThat(config.batch().microBatches()).isEqualTo(3);
    assertThat(config.batch().threadsPerWorker()).isEqualTo(4);
    assertThat(config.batch().gradientCheckpointing()).isTrue();
    assertThat(config.lora().rank()).isEqualTo(16);
    assertThat(config.resolution()).isEqualTo(256);
    assertThat(config.steps()).isEqualTo(7);
    assertThat(config.pictures()).isEqualTo(9);
    assertThat(config.inferenceSteps()).isZero();
    assertThat(config.master()).contains("local[2]");
  }

  @Test
  void refusesAllThatIsWrongAtOnce() {
    int code = run("--resolution=100", "--steps=0", "--pictures=0", "--num_inference_steps=-1");

    assertThat(code).isEqualTo(ExitCode.CONFIGURATION.code());
    assertThat(measured).isEmpty();
    assertThat(err.toString())
        .contains("--pretrained_model_name_or_path")
        .contains("--resolution")
        .contains("--steps")
        .contains("--pictures")
        .contains("--num_inference_steps");
  }
}
