package org.sparklora.spark.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.report.history.Utilisation;
import org.sparklora.s3.Link;
import org.sparklora.s3.S3Server;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;
import org.sparklora.train.BatchConfig;

/**
 * How busy simulated accelerators are kept: {@code jobs/bench accelerators MASTER WORKERS MILLIS
 * SAMPLES STEPS CHECKPOINTING_STEPS local|s3 [WARM_UP]}.
 */
final class AcceleratorsBenchmark {
  private static final String MODEL = "src/quickstart/base-model";
  private static final int BATCH = 4;

  /** About as many values as rank 4 has in SD 1.5, 797,184. */
  private static final int RANK = 66;

  private static final int LATENT_SIDE = 64;
  private static final Duration REQUEST = Duration.ofMillis(40);
  private static final double BYTES_PER_SECOND = 100e6;

  private AcceleratorsBenchmark() {}

  public static void main(String[] args) throws Exception {
    Path scratch = Files.createTempDirectory("accelerators");
    if (!args[6].equals("s3")) {
      String local = scratch.toUri().toString();
      print(args, SimulatedTraining.run(config(args, local)));
      return;
    }
    try (S3Server s3 = S3Server.start()) {
      AutoCloseable settings = s3.asSystemProperties();
      SimulatedTraining.Config config = config(args, s3.uri("bench"));
      MadeUpLatents.write(config.cache(), config.samples(), LATENT_SIDE, s3.hadoop());
      s3.link(new Link(REQUEST, BYTES_PER_SECOND));
      print(args, SimulatedTraining.run(config));
      settings.close();
    }
  }

  private static SimulatedTraining.Config config(String[] args, String place) {
    int workers = Integer.parseInt(args[1]);
    BatchConfig batch =
        new BatchConfig(BATCH, 1, workers, 1, 0, Precision.FP32, AttentionKernel.DEFAULT, false);
    return new SimulatedTraining.Config(
        new ModelConfig(MODEL, MODEL, ""),
        batch,
        new LoraConfig(RANK, RANK, 0, false, List.copyOf(LoraConfig.ATTENTION)),
        Optional.of(args[0]),
        Long.parseLong(args[2]),
        Integer.parseInt(args[3]),
        LATENT_SIDE,
        Integer.parseInt(args[4]),
        args.length > 7 ? Integer.parseInt(args[7]) : 20,
        Integer.parseInt(args[5]),
        place + "/latents",
        place + "/out",
        600);
  }

  private static void print(String[] args, SimulatedTraining.Result result) {
    System.out.printf(
        Locale.ROOT,
        "%s: %d workers, %,d parameters, %d steps of %s ms: %s%n",
        String.join(" ", args),
        result.workers(),
        result.parameters(),
        result.steps(),
        args[2],
        Utilisation.text(result.split(), result.wall()));
  }
}
