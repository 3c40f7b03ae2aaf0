package org.sparklora.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.cli.Application;
import org.sparklora.util.InvalidInputException;
import scala.jdk.javaapi.CollectionConverters;

/** Training in the session of a caller, beside the command line with the same flags. */
class LoraEstimatorIT {
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";
  private static final String DATA = "src/quickstart/noto/data";
  private static final Map<String, Object> FLAGS =
      Map.of(
          "pretrained_model_name_or_path", "src/quickstart/base-model",
          "max_train_samples", 6,
          "resolution", 64,
          "train_batch_size", 1,
          "gradient_accumulation_steps", 2,
          "learning_rate", 1e-3,
          "max_train_steps", 2,
          "seed", 5);

  @TempDir private static Path folder;

  private static SparkSession session;

  @BeforeAll
  static void trainByCommandLineAndStartASession() throws IOException {
    assertThat(commandLine(folder.resolve("command"), "--dataset_name=" + DATA)).isEmpty();
    session =
        SparkSession.builder()
            .master("local[2]")
            .appName("somebody's program")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config(
                "spark.metrics.conf.driver.sink.csv.class", "org.apache.spark.metrics.sink.CsvSink")
            .config("spark.metrics.conf.driver.sink.csv.directory", metrics())
            .config("spark.metrics.conf.driver.sink.csv.period", "600")
            .getOrCreate();
    session.sparkContext().setJobDescription("the caller's");
  }

  /** Where Spark's CSV sink writes. The folder must be there before Spark starts. */
  private static String metrics() throws IOException {
    return Files.createDirectories(folder.resolve("metrics")).toString();
  }

  /** The last value of a metric of the driver. */
  private static double metric(String name) throws IOException {
    String file = session.sparkContext().applicationId() + ".driver.sparkLora." + name + ".csv";
    List<String> lines = Files.readAllLines(folder.resolve("metrics").resolve(file));
    assertThat(lines.get(0)).isEqualTo("t,value");
    return Double.parseDouble(lines.get(lines.size() - 1).split(",", -1)[1]);
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  /** What the command line says of errors. */
  private static String commandLine(Path output, String... flags) {
    List<String> args = new ArrayList<>(List.of("train", "--master=local[2]"));
    FLAGS.forEach((name, value) -> args.add("--" + name + "=" + value));
    args.add("--output_dir=" + output);
    args.addAll(List.of(flags));
    StringWriter err = new StringWriter();
    Application.run(
        new PrintWriter(new StringWriter()),
        new PrintWriter(err, true),
        args.toArray(String[]::new));
    return err.toString();
  }

  private static LoraEstimator estimator(String output) {
    LoraEstimator estimator = new LoraEstimator();
    FLAGS.forEach(estimator::flag);
    return estimator.flag("output_dir", folder.resolve(output).toString());
  }

  private static byte[] adapter(String output) throws IOException {
    return Files.readAllBytes(folder.resolve(output).resolve(ADAPTER));
  }

  private static Dataset<Row> pictures() {
    return session.read().parquet(DATA);
  }

  @Test
  void trainsToTheBytesOfTheCommandLineAndLeavesTheSessionAsItWas() throws IOException {
    LoraModel model = estimator("api").flag("dataset_name", DATA).train(session);
    assertThat(adapter("api")).isEqualTo(adapter("command"));
    assertThat(model.adapter()).endsWith("/api");
    assertThat(model.report().orElseThrow()).contains("<html");
    assertThat(session.sparkContext().isStopped()).isFalse();
    assertThat(session.sparkContext().getLocalProperty("spark.job.description"))
        .isEqualTo("the caller's");
    assertThat(session.sparkContext().getJobTags().isEmpty()).isTrue();
    assertThat(metric("steps")).isEqualTo(2);
    assertThat(metric("loss")).isPositive();
    assertThat(metric("imagesPerSecond")).isPositive();
  }

  /** In two runs of one session, and by a command line that reads what they copied. */
  @Test
  void theRowsOfATableDecideTheBytesAndNotTheirOrder() throws IOException {
    LoraModel first = estimator("rows").fit(pictures());
    Dataset<Row> shuffled = pictures().repartition(5).orderBy(functions.rand(7));
    estimator("shuffled").fit(shuffled);
    assertThat(adapter("shuffled")).isEqualTo(adapter("rows"));

    LoraEstimator again = estimator("rows").flag("overwrite_output_dir", true);
    assertThat(again.fit(pictures()).uid()).isNotEqualTo(first.uid());
    assertThat(adapter("rows")).isEqualTo(adapter("shuffled"));
    assertThat(copies("rows")).hasSize(1);
    LoraModel read =
        estimator("copy").flag("dataset_name", copies("rows").get(0).toString()).train(session);
    assertThat(read.adapter()).endsWith("/copy");
    assertThat(adapter("copy")).isEqualTo(adapter("rows"));
  }

  /** Steps are cancelled as they begin, as a notebook does it that has set a group. */
  @Test
  void cancellingTheCallersGroupEndsTheRunAndTheNextGoesOn() throws IOException {
    SparkContext spark = session.sparkContext();
    Set<String> groups = ConcurrentHashMap.newKeySet();
    SparkListener cancels =
        new SparkListener() {
          @Override
          public void onJobStart(SparkListenerJobStart job) {
            groups.add(job.properties().getProperty("spark.jobGroup.id", "none"));
            String what = job.properties().getProperty("spark.job.description", "");
            if (what.startsWith("spark-lora: steps to ")) {
              spark.cancelJobGroup("cell 3");
            }
          }
        };
    LoraEstimator estimator = estimator("cancelled").flag("dataset_name", DATA);
    spark.setJobGroup("cell 3", "the caller's", false);
    spark.addSparkListener(cancels);
    try {
      assertThatThrownBy(() -> estimator.train(session))
          .isInstanceOf(CancellationException.class)
          .hasMessageContaining("The run was cancelled at step 0")
          .hasMessageContaining("cell 3");
      assertThat(groups).containsExactly("cell 3");
      assertThat(spark.getLocalProperty("spark.jobGroup.id")).isEqualTo("cell 3");
      assertThat(spark.getLocalProperty("spark.job.description")).isEqualTo("the caller's");
      assertThat(spark.getLocalProperty("spark.job.interruptOnCancel")).isEqualTo("false");
    } finally {
      spark.removeSparkListener(cancels);
      spark.clearJobGroup();
      spark.setJobDescription("the caller's");
    }
    estimator.flag("resume_from_checkpoint", "latest").train(session);
    assertThat(adapter("cancelled")).isEqualTo(adapter("command"));
    assertThat(spark.getLocalProperty("spark.jobGroup.id")).isNull();
  }

  /** In the middle of the steps: the last one is saved, and the run goes on from there. */
  @Test
  void cancellingInTheMiddleSavesTheLastStep() throws Exception {
    estimator("whole").flag("max_train_steps", 30).flag("dataset_name", DATA).train(session);
    LoraEstimator estimator =
        estimator("middle").flag("max_train_steps", 30).flag("dataset_name", DATA);
    SparkContext spark = session.sparkContext();
    Thread cancels = new Thread(() -> cancelAfterSteps(spark, 3));
    cancels.setDaemon(true);
    spark.setJobGroup("cell 4", "the caller's", false);
    String message;
    try {
      cancels.start();
      message =
          assertThatThrownBy(() -> estimator.train(session))
              .isInstanceOf(CancellationException.class)
              .actual()
              .getMessage();
    } finally {
      spark.clearJobGroup();
      spark.setJobDescription("the caller's");
      cancels.interrupt();
    }
    List<String> saved = checkpoints("middle");
    assertThat(saved).hasSize(1);
    long step = Long.parseLong(saved.get(0).replace("checkpoint-", ""));
    assertThat(step).isGreaterThanOrEqualTo(3);
    assertThat(message).contains("The run was cancelled at step " + step);
    estimator.flag("resume_from_checkpoint", "latest").train(session);
    assertThat(adapter("middle")).isEqualTo(adapter("whole"));
  }

  /** Each with one worker, as an evaluator with a parallelism of two calls them. */
  @Test
  void twoRunsAtTheSameTimeHaveTheBytesOfOneAlone() throws Exception {
    beside("alone");
    List<CompletableFuture<Void>> both =
        Stream.of("beside-1", "beside-2")
            .map(output -> CompletableFuture.runAsync(() -> beside(output)))
            .toList();
    for (CompletableFuture<Void> one : both) {
      one.get(5, TimeUnit.MINUTES);
    }
    assertThat(adapter("beside-1")).isEqualTo(adapter("alone"));
    assertThat(adapter("beside-2")).isEqualTo(adapter("alone"));
    assertThat(session.range(3).count()).as("the session goes on").isEqualTo(3);
  }

  private static void beside(String output) {
    LoraModel model =
        estimator(output).flag("num_workers", 1).flag("dataset_name", DATA).train(session);
    assertThat(model.adapter()).endsWith(output);
  }

  private static void cancelAfterSteps(SparkContext spark, long steps) {
    while (!Thread.interrupted()) {
      boolean there =
          CollectionConverters.asJava(spark.env().metricsSystem().getSourcesByName("sparkLora"))
              .stream()
              .map(source -> source.metricRegistry().getGauges().get("steps").getValue())
              .anyMatch(trained -> ((Number) trained).longValue() >= steps);
      if (there) {
        spark.cancelJobGroup("cell 4");
        return;
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static List<String> checkpoints(String output) throws IOException {
    try (Stream<Path> all = Files.list(folder.resolve(output))) {
      return all.map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("checkpoint-"))
          .toList();
    }
  }

  private static List<Path> copies(String output) throws IOException {
    try (Stream<Path> all = Files.list(folder.resolve(output).resolve("latents"))) {
      return all.filter(file -> file.getFileName().toString().startsWith("table-")).toList();
    }
  }

  @Test
  void whatCannotWorkIsSaidInTheWordsOfTheCommandLine() {
    assertThatThrownBy(
            () ->
                new LoraEstimator()
                    .flag("dataset_name", "/nowhere")
                    .flag("output_dir", folder.resolve("none").toString())
                    .train(session))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("Missing --pretrained_model_name_or_path: the folder of the base model");
    assertThatThrownBy(() -> estimator("none").flag("dataset_name", DATA).fit(pictures()))
        .hasMessageContaining("fit trains on the table that it is given");
    assertThatThrownBy(() -> estimator("none").fit(pictures().drop("text")))
        .hasMessageContaining("Missing column: text (--caption_column) in the table");
    assertThatThrownBy(() -> estimator("none").fit(pictures().withColumn("text", functions.lit(3))))
        .hasMessageContaining("Invalid column: text (--caption_column) is int in the table");
    Dataset<Row> changing =
        pictures().withColumn("text", functions.expr("reflect('java.util.UUID', 'randomUUID')"));
    assertThatThrownBy(() -> estimator("changing").fit(changing))
        .hasMessageContaining("the table gave other rows when it was read again");
    assertThat(session.sparkContext().isStopped()).isFalse();
  }

  @Test
  void aModelDrawsBesidePromptsAndIsSavedWithItsAdapter() throws IOException {
    LoraModel trained = estimator("draws").flag("dataset_name", DATA).train(session);
    String place = folder.resolve("saved").toString();
    trained.flag("num_inference_steps", 2).flag("seed", 3).save(place);
    LoraModel loaded = LoraModel.load(place);
    assertThat(loaded.uid()).isEqualTo(trained.uid());
    assertThat(Path.of(place, "adapter", ADAPTER)).hasBinaryContent(adapter("draws"));
    Dataset<Row> prompts =
        session
            .createDataset(List.of("a book", "", "a red apple"), Encoders.STRING())
            .toDF("prompt")
            .coalesce(1);
    List<Row> here = trained.transform(prompts).collectAsList();
    List<Row> there = loaded.transform(prompts).collectAsList();
    assertThat(there)
        .extracting(row -> row.getString(0))
        .containsExactly("a book", "", "a red apple");
    assertThat(there.get(1).isNullAt(1)).isTrue();
    for (int i : List.of(0, 2)) {
      assertThat(pixels(there.get(i))).isEqualTo(pixels(here.get(i)));
    }
    assertThat(pixels(there.get(2))).isNotEqualTo(pixels(there.get(0)));
  }

  /** Of a table, and of rows that Spark computes on the driver; once for each row. */
  @Test
  void aRegisteredFunctionDrawsInSql() throws IOException {
    LoraModel model = estimator("sql").flag("dataset_name", DATA).train(session);
    model.flag("num_inference_steps", 2).flag("seed", 3).register(session, "draw");
    session
        .createDataset(List.of("a book", "", "a red apple"), Encoders.STRING())
        .toDF("prompt")
        .repartition(1)
        .createOrReplaceTempView("prompts");
    List<Row> drawn =
        session
            .sql("SELECT prompt, draw(prompt) AS png FROM prompts ORDER BY prompt")
            .collectAsList();
    assertThat(drawn.get(0).isNullAt(1)).as("no prompt, no picture").isTrue();
    byte[] book = drawn.get(1).getAs("png");
    byte[] apple = drawn.get(2).getAs("png");
    assertThat(apple).isNotEqualTo(book);
    Row transformed = model.transform(session.sql("SELECT 'a book' AS prompt")).first();
    assertThat(book).isEqualTo(transformed.<Row>getAs("image").<byte[]>getAs("bytes"));
    Row alone = session.sql("SELECT draw('a book') AS png").first();
    assertThat(alone.<byte[]>getAs("png")).isEqualTo(book);
    assertThatThrownBy(() -> model.flag("num_images_per_prompt", 2).register(session, "two"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Unsupported --num_images_per_prompt: 2; ");
  }

  /** The picture of a row. The file also names the adapter, which was saved under another name. */
  private static int[] pixels(Row row) throws IOException {
    byte[] png = row.<Row>getAs("image").getAs("bytes");
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }
}
