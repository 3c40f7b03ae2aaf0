package org.sparklora.spark.validation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;
import org.sparklora.pipeline.request.AdapterUse;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.pipeline.request.PipelineConfig;
import org.sparklora.report.event.RunEvent.ValidationPicture;
import org.sparklora.spark.run.OutputFiles;
import org.sparklora.spark.run.Patience;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.util.Count;

/**
 * The validation prompts' pictures. Those of the base model are drawn once a run and kept.
 *
 * <p>Picture k of a prompt without a seed of its own has the seed {@code --seed + k}.
 */
public final class ValidationPictures implements Validation.Pictures {
  private static final String FOLDER = "validation";
  private static final int MOST_NAME_LETTERS = 40;

  private final TrainingConfig config;
  private final JavaSparkContext spark;
  private final OutputFiles files;
  private final List<PlannedPicture> planned;
  private List<byte[]> base = List.of();

  public ValidationPictures(TrainingConfig config, JavaSparkContext spark, OutputFiles files) {
    this.config = config;
    this.spark = spark;
    this.files = files;
    this.planned = PlannedPicture.of(config);
  }

  /** The same pictures of another adapter of the same base model, whose own are drawn already. */
  public ValidationPictures(
      TrainingConfig config,
      JavaSparkContext spark,
      OutputFiles files,
      List<ValidationPicture> drawn) {
    this(config, spark, files);
    this.base = drawn.stream().map(ValidationPicture::base).toList();
  }

  @Override
  public int count() {
    return planned.size();
  }

  /**
   * Draws the pictures. Writes them to {@code validation/step-STEP}, and those of the base model to
   * {@code validation/base}.
   */
  @Override
  public List<ValidationPicture> draw(long step, float[] values, int slots)
      throws IOException, ExecutionException, InterruptedException, TimeoutException {
    if (planned.isEmpty()) {
      return List.of();
    }
    List<DrawValidation.Drawn> drawn = run(step, values, Math.min(slots, planned.size()));
    if (base.isEmpty()) {
      base = drawn.stream().map(DrawValidation.Drawn::base).toList();
      write("base", base);
    }
    write(
        String.format(Locale.ROOT, "step-%06d", step),
        drawn.stream().map(DrawValidation.Drawn::adapted).toList());
    List<ValidationPicture> pictures = new ArrayList<>();
    for (int i = 0; i < planned.size(); i++) {
      PlannedPicture picture = planned.get(i);
      pictures.add(
          new ValidationPicture(
              picture.label(), picture.request().seed(), base.get(i), drawn.get(i).adapted()));
    }
    return pictures;
  }

  private List<DrawValidation.Drawn> run(long step, float[] values, int tasks)
      throws ExecutionException, InterruptedException, TimeoutException {
    DrawValidation task =
        new DrawValidation(
            new SerializableConfiguration(spark.hadoopConfiguration()),
            new PipelineConfig(
                config.model(),
                AdapterUse.none(),
                config.batch().precision(),
                config.batch().threadsPerWorker(),
                config.batch().attention()),
            config.trainables(),
            values,
            base.isEmpty());
    spark
        .sc()
        .setJobDescription(
            "spark-lora: draw " + Count.of(planned.size(), "picture") + " of step " + step);
    JavaFutureAction<List<DrawValidation.Drawn>> job =
        spark.parallelize(planned, tasks).mapPartitions(task).collectAsync();
    try {
      long each = (planned.size() + tasks - 1L) / tasks;
      long most = config.workerTimeoutSeconds() * (1 + each);
      return Patience.await(job, most, "drawing " + Count.of(planned.size(), "validation picture"));
    } finally {
      job.cancel(true);
      spark.sc().setJobDescription(null);
    }
  }

  private void write(String folder, List<byte[]> pictures) throws IOException {
    for (int i = 0; i < pictures.size(); i++) {
      byte[] picture = pictures.get(i);
      files.write(
          new Path(FOLDER, folder + "/" + name(i, planned.get(i).request())),
          out -> out.write(picture));
    }
  }

  private static String name(int number, ImageRequest request) {
    String words = request.prompt().toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]+", "-");
    String shortened = words.substring(0, Math.min(MOST_NAME_LETTERS, words.length()));
    return String.format(Locale.ROOT, "%03d-%s-seed%d.png", number, shortened, request.seed());
  }
}
