package org.sparklora.spark.generate;

import ai.djl.Device;
import java.awt.image.BufferedImage;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.sparklora.pipeline.DrawingMemory;
import org.sparklora.pipeline.GenerationCheck;
import org.sparklora.pipeline.PictureText;
import org.sparklora.pipeline.PngFile;
import org.sparklora.pipeline.StableDiffusionPipeline;
import org.sparklora.pipeline.request.Generation;
import org.sparklora.pipeline.request.GenerationConfig;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.pipeline.request.PromptReading;
import org.sparklora.spark.reduce.IdlePool;
import org.sparklora.spark.settings.ExecutorMemory;
import org.sparklora.spark.settings.GpuAssignment;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.tensor.LibTorch;
import org.sparklora.util.InvalidInputException;

/**
 * The task that draws pictures one after another, when they are asked for. A picture is a function
 * of its row and the settings, so a repeated task gives the same pictures.
 *
 * @param run number of the run: pipelines are kept for the tasks of one run
 * @param drawn counts pictures
 * @param cut counts pictures whose prompt was too long
 */
record DrawPictures(
    long run,
    Generation generation,
    SerializableConfiguration hadoop,
    LongAccumulator drawn,
    LongAccumulator cut)
    implements MapPartitionsFunction<Row, Row> {
  private static final IdlePool<String, StableDiffusionPipeline> PIPELINES =
      new IdlePool<>(StableDiffusionPipeline::close);

  /**
   * Makes one for a caller's session.
   *
   * @throws InvalidInputException when an input cannot be used
   */
  static DrawPictures of(GenerationConfig config, SparkContext spark) {
    Configuration hadoop = spark.hadoopConfiguration();
    SparkSettings.shareHub(hadoop, Optional.empty());
    SparkSettings.requireSupport(config.precision(), spark.getConf());
    return new DrawPictures(
        new SecureRandom().nextLong(),
        GenerationCheck.check(
            config, hadoop, DrawingMemory.ofGenerate(ExecutorMemory.ofATask(spark.getConf()))),
        new SerializableConfiguration(hadoop),
        spark.longAccumulator("pictures"),
        spark.longAccumulator("prompts cut"));
  }

  /**
   * Draws a single picture: in a task, or on the driver, where Spark itself computes a table of a
   * few given rows.
   *
   * @return a PNG file
   */
  byte[] png(ImageRequest request) {
    TaskContext task = TaskContext.get();
    Device device = task == null ? LibTorch.device() : GpuAssignment.device(task);
    StableDiffusionPipeline pipeline = pipeline(device);
    boolean reusable = false;
    try {
      BufferedImage image =
          pipeline
              .generate(
                  List.of(request), generation.sampling(), generation.start(), (step, steps) -> {})
              .get(0);
      reusable = true;
      return PngFile.encode(image, new PictureText(generation).of(request));
    } finally {
      if (reusable) {
        PIPELINES.giveBack(run, device.toString(), pipeline);
      } else {
        pipeline.close();
      }
    }
  }

  private StableDiffusionPipeline pipeline(Device device) {
    return PIPELINES.take(
        run,
        device.toString(),
        () -> StableDiffusionPipeline.open(generation.pipeline(), hadoop.value(), device));
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    if (!rows.hasNext()) {
      return Collections.emptyIterator();
    }
    TaskContext task = TaskContext.get();
    Device device = GpuAssignment.device(task);
    StableDiffusionPipeline pipeline = pipeline(device);
    task.addTaskCompletionListener(
        ended -> {
          if (ended.isFailed() || ended.isInterrupted()) {
            pipeline.close();
          } else {
            PIPELINES.giveBack(run, device.toString(), pipeline);
          }
        });
    return new Pictures(task, rows, pipeline);
  }

  /** Draws a batch whenever the previous one is used up. */
  private final class Pictures implements Iterator<Row> {
    private final TaskContext task;
    private final Iterator<Row> rows;
    private final StableDiffusionPipeline pipeline;
    private final PictureTable table = PictureTable.of(generation);
    private final Deque<Row> ready = new ArrayDeque<>();

    Pictures(TaskContext task, Iterator<Row> rows, StableDiffusionPipeline pipeline) {
      this.task = task;
      this.rows = rows;
      this.pipeline = pipeline;
    }

    @Override
    public boolean hasNext() {
      return !ready.isEmpty() || rows.hasNext();
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      if (ready.isEmpty()) {
        task.killTaskIfInterrupted();
        draw();
      }
      return ready.remove();
    }

    private void draw() {
      List<PromptRow> batch = new ArrayList<>();
      while (batch.size() < generation.batchSize() && rows.hasNext()) {
        batch.add(PromptRow.of(rows.next()));
      }
      List<ImageRequest> requests = batch.stream().map(PromptRow::request).toList();
      List<BufferedImage> images = draw(batch.get(0), requests);
      for (int i = 0; i < images.size(); i++) {
        ready.add(table.row(batch.get(i), images.get(i)));
      }
      drawn.add(images.size());
      PromptReading reading = generation.sampling().reading();
      cut.add(
          requests.stream()
              .filter(r -> pipeline.cutOff(reading.words(r.prompt())).isPresent())
              .count());
    }

    private List<BufferedImage> draw(PromptRow first, List<ImageRequest> requests) {
      try {
        return pipeline.generate(
            requests, generation.sampling(), generation.start(), (step, steps) -> {});
      } catch (RuntimeException e) {
        SparkEnv env = SparkEnv.get();
        throw new IllegalStateException(
            "Cannot draw "
                + first.describe()
                + " on host "
                + env.blockManager().blockManagerId().host()
                + ", executor "
                + env.executorId()
                + ", attempt "
                + task.attemptNumber()
                + ": "
                + e.getMessage(),
            e);
      }
    }
  }
}
