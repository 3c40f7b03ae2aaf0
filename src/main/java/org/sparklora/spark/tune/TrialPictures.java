package org.sparklora.spark.tune;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.combine.AdapterStart;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.report.event.RunEvent.ValidationPicture;
import org.sparklora.spark.run.OutputFiles;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.run.TrainingOutput;
import org.sparklora.spark.validation.ValidationPictures;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.util.FirstCause;

/**
 * Draws the validation prompts with the last adapter of each trial. Pictures that cannot be drawn
 * are told, and the sweep goes on without them.
 */
final class TrialPictures {
  private static final Logger LOG = LoggerFactory.getLogger(TrialPictures.class);

  private final JavaSparkContext spark;
  private final TrainingOutput output;
  private final Configuration hadoop;

  TrialPictures(JavaSparkContext spark, TrainingOutput output, Configuration hadoop) {
    this.spark = spark;
    this.output = output;
    this.hadoop = hadoop;
  }

  /** The pictures by the trials' numbers. */
  Map<Integer, List<ValidationPicture>> draw(List<Trial> trials, Standings standings)
      throws IOException {
    Map<Integer, List<ValidationPicture>> all = new TreeMap<>();
    Map<Integer, List<ValidationPicture>> ofSize = new TreeMap<>();
    for (Trial trial : trials) {
      TrialRecord record = standings.record(trial).orElse(TrialRecord.ofNew(Map.of()));
      if (record.adapter().isEmpty()
          || standings.failure(trial).isPresent() // its checkpoint may be pruned
          || trial.config().validation().prompts().isEmpty()) {
        continue;
      }
      int size = trial.config().data().largestResolution();
      List<ValidationPicture> drawn = draw(trial, record, ofSize.getOrDefault(size, List.of()));
      if (drawn.isEmpty()) {
        break;
      }
      ofSize.putIfAbsent(size, drawn);
      all.put(trial.number(), drawn);
    }
    return all;
  }

  private List<ValidationPicture> draw(
      Trial trial, TrialRecord record, List<ValidationPicture> before) throws IOException {
    LOG.info("Drawing with trial {}", trial.number());
    OutputFiles files =
        (path, content) -> output.write(new Path(trial.name() + "/" + path), content);
    ValidationPictures pictures =
        before.isEmpty()
            ? new ValidationPictures(trial.config(), spark, files)
            : new ValidationPictures(trial.config(), spark, files, before);
    try {
      int slots = Math.max(1, spark.defaultParallelism());
      return pictures.draw(record.steps(), values(trial.config(), record), slots);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Drawing interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("Pictures of trial {} are not drawn: {}", trial.number(), FirstCause.of(e));
      return List.of();
    }
  }

  private float[] values(TrainingConfig config, TrialRecord record) {
    AdapterLayout layout =
        AdapterWorkerFactory.layout(config.model().open(hadoop), config.trainables());
    String file = new Path(output.folder(), record.adapter()).toString();
    AdapterStart last = new AdapterStart(AdapterFile.read(file, hadoop).adapter());
    return last.in(layout, new float[layout.parameters()]).values();
  }
}
