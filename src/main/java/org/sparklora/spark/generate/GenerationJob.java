package org.sparklora.spark.generate;

import java.security.SecureRandom;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.pipeline.DrawingMemory;
import org.sparklora.pipeline.GenerationCheck;
import org.sparklora.pipeline.request.Generation;
import org.sparklora.spark.failure.ExecutorLibraries;
import org.sparklora.spark.settings.ExecutorMemory;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.spark.settings.SparkStart;
import org.sparklora.spark.settings.ThreadLimit;
import org.sparklora.util.Count;
import org.sparklora.util.Findings;
import org.sparklora.util.InvalidInputException;

/**
 * The job that draws a table of prompts. The result is a table of pictures in Parquet, which Spark
 * commits and which can be trained on.
 */
public final class GenerationJob {
  private static final Logger LOG = LoggerFactory.getLogger(GenerationJob.class);

  /** There are more tasks than slots, so that no slot waits long for a slow task at the end. */
  private static final int TASKS_PER_SLOT = 4;

  /**
   * The most pictures of a task, and so of a file. A lost executor costs at most this many pictures
   * for each of its tasks.
   */
  private static final long PICTURES_PER_TASK = 200;

  private final SparkSession spark;
  private final GenerationJobConfig config;
  private final Generation generation;
  private final Optional<PromptFormat> format;

  private GenerationJob(
      SparkSession spark,
      GenerationJobConfig config,
      Generation generation,
      Optional<PromptFormat> format) {
    this.spark = spark;
    this.config = config;
    this.generation = generation;
    this.format = format;
  }

  /**
   * Runs to the end.
   *
   * @throws InvalidInputException when an input cannot be used
   */
  public static void run(GenerationJobConfig config) {
    SparkConf settings = SparkSettings.of(config.master());
    ThreadLimit.require("--threads", config.generation().threads(), settings);
    SparkSettings.requireSupport(config.generation().precision(), settings);
    SparkSettings.shareHub(settings, config.hubCacheDir());
    Configuration hadoop = SparkHadoopUtil.get().newConfiguration(settings);
    Findings findings = new Findings();
    PromptsConfig prompts = config.prompts();
    Optional<PromptFormat> format =
        prompts.table().isPresent()
            ? Optional.empty()
            : findings.collect(() -> PromptFormat.of(prompts.location(), hadoop));
    findings.check(() -> OutputTable.check(config, hadoop));
    DrawingMemory memory = DrawingMemory.ofGenerate(ExecutorMemory.ofATask(settings));
    var generation =
        findings.collect(() -> GenerationCheck.check(config.generation(), hadoop, memory));
    findings.throwAll();
    SparkSession spark =
        SparkStart.of(settings, () -> SparkSession.builder().config(settings).getOrCreate());
    try {
      ExecutorLibraries.require(new JavaSparkContext(spark.sparkContext()), Integer.MAX_VALUE);
      new GenerationJob(spark, config, generation.orElseThrow(), format).draw();
    } finally {
      spark.stop();
    }
  }

  private void draw() {
    String location = config.prompts().location();
    PromptTable prompts =
        PromptReading.of(location, () -> PromptTable.open(spark, config.prompts(), format));
    PromptTable.Count count = PromptReading.of(location, prompts::size);
    if (count.bad() > 0) {
      LOG.warn(
          "Left out {} without a prompt or with a seed that is no number",
          Count.of(count.bad(), "row"));
    }
    long pictures = Math.multiplyExact(count.good(), (long) generation.repeats().images());
    int slots = spark.sparkContext().defaultParallelism();
    int tasks = tasks(pictures, slots);
    LOG.info(
        "Drawing {} of {} in {}",
        Count.of(pictures, "picture"),
        Count.of(count.good(), "prompt"),
        Count.of(tasks, "task"));
    LongAccumulator drawn = spark.sparkContext().longAccumulator("pictures");
    LongAccumulator cut = spark.sparkContext().longAccumulator("prompts cut");
    DrawPictures task =
        new DrawPictures(
            new SecureRandom().nextLong(),
            generation,
            new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()),
            drawn,
            cut);
    Dataset<Row> table =
        prompts
            .rows()
            .flatMap(new ExpandPrompts(generation.repeats()), Encoders.row(PromptRow.SCHEMA))
            .repartition(tasks)
            .mapPartitions(task, Encoders.row(PictureTable.SCHEMA));
    write(table, pictures, drawn);
    if (cut.value() > 0) {
      LOG.warn(
          "{} of the pictures had a prompt that is longer than the text encoder reads; the rest of"
              + " it was left out, the executors' logs name which",
          cut.value());
    }
    LOG.info("{}: {}", Count.of(pictures, "picture"), config.outputDir());
  }

  static int tasks(long pictures, int slots) {
    long few = Math.min(pictures, (long) slots * TASKS_PER_SLOT);
    return Math.toIntExact(Math.max(few, (pictures + PICTURES_PER_TASK - 1) / PICTURES_PER_TASK));
  }

  private void write(Dataset<Row> table, long pictures, LongAccumulator drawn) {
    spark.sparkContext().setJobDescription("draw pictures of " + config.prompts().location());
    try (DrawingProgress progress = new DrawingProgress(spark.sparkContext(), drawn, pictures)) {
      table
          .write()
          .mode(config.overwrite() ? SaveMode.Overwrite : SaveMode.ErrorIfExists)
          .parquet(config.outputDir());
      progress.finish();
    } finally {
      spark.sparkContext().setJobDescription(null);
    }
  }
}
