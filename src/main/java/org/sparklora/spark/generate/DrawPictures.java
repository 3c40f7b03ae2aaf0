package org.sparklora.spark.generate;

import java.awt.image.BufferedImage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.sparklora.pipeline.StableDiffusionPipeline;
import org.sparklora.pipeline.request.Generation;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.pipeline.request.PromptReading;
import org.sparklora.spark.reduce.IdlePool;
import org.sparklora.spark.settings.GpuAssignment;

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

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    if (!rows.hasNext()) {
      return Collections.emptyIterator();
    }
    TaskContext task = TaskContext.get();
    var device = GpuAssignment.device(task);
    StableDiffusionPipeline pipeline =
        PIPELINES.take(
            run,
            device.toString(),
            () -> StableDiffusionPipeline.open(generation.pipeline(), hadoop.value(), device));
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
