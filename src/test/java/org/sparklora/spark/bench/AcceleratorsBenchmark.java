package org.sparklora.spark.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
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
 * SAMPLES STEPS CHECKPOINTING_STEPS local|s3 [WARM_UP [TURNS [LATENT_SIDE]]]}. There may be several
 * numbers of steps between checkpoints, with commas between them: they take turns on one cache.
 */
final class AcceleratorsBenchmark {
  private static final String MODEL = "src/quickstart/base-model";
  private static final int BATCH = 4;

  /** About as many values as rank 4 has in SD 1.5, 797,184. */
  private static final int RANK = 66;

  private static final Duration REQUEST = Duration.ofMillis(40);
  private static final double BYTES_PER_SECOND = 100e6;

  private AcceleratorsBenchmark() {}

  public static void main(String[] args) throws Exception {
    if (!args[6].equals("s3")) {
      Path scratch = Files.createTempDirectory("accelerators");
      SimulatedTraining.Config any = config(args, scratch.toUri().toString(), "", 1);
      MadeUpLatents.write(any.cache(), any.samples(), any.latentSide(), new Configuration());
      turns(args, scratch.toUri().toString());
      org.apache.hadoop.fs.Path all = new org.apache.hadoop.fs.Path(scratch.toUri());
      all.getFileSystem(new Configuration()).delete(all, true);
      return;
    }
    try (S3Server s3 = S3Server.start()) {
      AutoCloseable settings = s3.asSystemProperties();
      SimulatedTraining.Config any = config(args, s3.uri("bench"), "", 1);
      MadeUpLatents.write(any.cache(), any.samples(), any.latentSide(), s3.hadoop());
      s3.link(new Link(REQUEST, BYTES_PER_SECOND));
      turns(args, s3.uri("bench"));
      settings.close();
    }
  }

  private static void turns(String[] args, String place) {
    String[] checkpoints = args[5].split(",", -1);
    Map<String, List<Double>> utilisations = new TreeMap<>();
    int turns = number(args, 8, 1);
    for (int turn = 0; turn < turns; turn++) {
      for (String every : checkpoints) {
        String output = "/out-" + turn + "-" + every;
        SimulatedTraining.Result result =
            SimulatedTraining.run(config(args, place, output, Integer.parseInt(every)));
        utilisations.computeIfAbsent(every, key -> new ArrayList<>()).add(result.utilisation());
        print(args, every, result);
      }
    }
    utilisations.forEach(
        (every, of) ->
            System.out.printf(
                Locale.ROOT,
                "checkpoint every %s steps: median %.3f of %s%n",
                every,
                of.stream().sorted().toList().get(of.size() / 2),
                of));
  }

  private static int number(String[] args, int place, int usual) {
    return args.length > place ? Integer.parseInt(args[place]) : usual;
  }

  private static SimulatedTraining.Config config(
      String[] args, String place, String output, int checkpointingSteps) {
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
        number(args, 9, 64),
        Integer.parseInt(args[4]),
        number(args, 7, 20),
        checkpointingSteps,
        place + "/latents",
        place + output,
        600);
  }

  private static void print(String[] args, String every, SimulatedTraining.Result result) {
    System.out.printf(
        Locale.ROOT,
        "%s, checkpoint every %s: %d workers, %,d parameters, %d steps of %s ms: %s%n",
        String.join(" ", args),
        every,
        result.workers(),
        result.parameters(),
        result.steps(),
        args[2],
        Utilisation.text(result.split(), result.wall()));
  }
}
