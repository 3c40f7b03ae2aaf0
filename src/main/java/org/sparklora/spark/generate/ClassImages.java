package org.sparklora.spark.generate;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.pipeline.request.Generation;
import org.sparklora.util.Count;
import org.sparklora.util.InvalidInputException;

/**
 * The pictures of a subject's class that DreamBooth's prior preservation needs (Ruiz et al. 2023,
 * arXiv 2208.12242): a Spark job draws the missing ones with the base model. Picture k has the seed
 * {@code seed + k}, so the set depends neither on the number of executors nor on how often the job
 * was interrupted.
 */
public final class ClassImages {
  private static final Logger LOG = LoggerFactory.getLogger(ClassImages.class);

  private final ClassImageFolder folder;
  private final int wanted;

  /**
   * A folder of class images.
   *
   * @param location {@code --class_data_dir}: a path or a URI that all executors can write to
   * @param wanted {@code --num_class_images}
   */
  public ClassImages(String location, int wanted) {
    this.folder = new ClassImageFolder(location);
    this.wanted = wanted;
  }

  /** The number of missing pictures. */
  public int missing(Configuration hadoop) {
    return Math.max(0, wanted - folder.contents(hadoop).pictures());
  }

  /**
   * Draws the missing pictures, if there are any.
   *
   * @param generation of the base model; its batch size is the number of pictures drawn at once
   * @param prompt {@code --class_prompt}
   * @throws InvalidInputException (RESOURCES) when drawn pictures are not there
   */
  public void draw(JavaSparkContext spark, Generation generation, String prompt, long seed) {
    Configuration hadoop = spark.hadoopConfiguration();
    ClassImageFolder.Contents contents = folder.contents(hadoop);
    if (contents.pictures() >= wanted) {
      return;
    }
    ClassImageRange range =
        new ClassImageRange(contents.others(), wanted, generation.batchSize(), prompt, seed);
    List<Integer> batches =
        IntStream.range(0, range.batches())
            .filter(batch -> range.lacksAny(batch, contents.drawn()))
            .boxed()
            .toList();
    int pictures = batches.stream().mapToInt(batch -> range.batch(batch).length).sum();
    int tasks = Math.min(batches.size(), spark.defaultParallelism());
    LOG.info(
        "Drawing {} of \"{}\" in {}: {} has {} of {}",
        Count.of(pictures, "class image"),
        prompt,
        Count.of(tasks, "task"),
        folder.location(),
        contents.pictures(),
        wanted);
    LongAccumulator drawn = spark.sc().longAccumulator("pictures");
    spark.sc().setJobDescription("draw class images: " + prompt);
    try (DrawingProgress progress = new DrawingProgress(spark.sc(), drawn, pictures)) {
      spark
          .parallelize(batches, tasks)
          .foreachPartition(
              new DrawClassImages(
                  folder, range, generation, new SerializableConfiguration(hadoop), drawn));
      progress.finish();
    } finally {
      spark.sc().setJobDescription(null);
    }
    requireAll(hadoop);
  }

  private void requireAll(Configuration hadoop) {
    int there = folder.contents(hadoop).pictures();
    if (there < wanted) {
      throw InvalidInputException.resources(
          String.format(
                  Locale.ROOT,
                  "Missing class images: %s has %d of %d after drawing; --class_data_dir must be a"
                      + " place that",
                  folder.location(),
                  there,
                  wanted)
              + " driver and executors share");
    }
  }
}
