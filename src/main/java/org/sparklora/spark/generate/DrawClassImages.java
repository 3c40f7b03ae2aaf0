package org.sparklora.spark.generate;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SortedSet;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.sparklora.pipeline.PictureText;
import org.sparklora.pipeline.PngFile;
import org.sparklora.pipeline.StableDiffusionPipeline;
import org.sparklora.pipeline.request.Generation;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.spark.settings.GpuAssignment;

/**
 * The task that draws batches of class images and writes each picture when it is done. A batch
 * whose pictures are all there, perhaps from an earlier attempt, is skipped.
 *
 * @param drawn counts pictures
 */
record DrawClassImages(
    ClassImageFolder folder,
    ClassImageRange range,
    Generation generation,
    SerializableConfiguration hadoop,
    LongAccumulator drawn)
    implements VoidFunction<Iterator<Integer>> {
  @Override
  public void call(Iterator<Integer> batches) throws IOException {
    Configuration configuration = hadoop.value();
    SortedSet<Integer> there = folder.contents(configuration).drawn();
    List<Integer> lacking = new ArrayList<>();
    batches.forEachRemaining(
        batch -> {
          if (range.lacksAny(batch, there)) {
            lacking.add(batch);
          }
        });
    if (lacking.isEmpty()) {
      return;
    }
    TaskContext task = TaskContext.get();
    try (StableDiffusionPipeline pipeline =
        StableDiffusionPipeline.open(
            generation.pipeline(), configuration, GpuAssignment.device(task))) {
      for (int batch : lacking) {
        draw(range.batch(batch), there, pipeline, task);
      }
    }
  }

  private void draw(
      int[] numbers, SortedSet<Integer> there, StableDiffusionPipeline pipeline, TaskContext task)
      throws IOException {
    PictureText texts = new PictureText(generation);
    List<ImageRequest> requests = IntStream.of(numbers).mapToObj(range::request).toList();
    List<BufferedImage> images =
        pipeline.generate(
            requests,
            generation.sampling(),
            generation.start(),
            (step, steps) -> task.killTaskIfInterrupted());
    for (int i = 0; i < numbers.length; i++) {
      if (!there.contains(numbers[i])) {
        byte[] png = PngFile.encode(images.get(i), texts.of(requests.get(i)));
        folder.write(numbers[i], png, hadoop.value());
      }
      drawn.add(1);
    }
  }
}
