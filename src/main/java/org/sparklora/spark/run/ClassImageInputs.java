package org.sparklora.spark.run;

import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.DatasetFolder;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.model.CaptionTokenizer;
import org.sparklora.pipeline.DrawingMemory;
import org.sparklora.pipeline.GenerationCheck;
import org.sparklora.pipeline.request.Generation;
import org.sparklora.spark.worker.PriorPreservation;
import org.sparklora.store.FolderProbe;
import org.sparklora.util.Findings;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.MemoryRoom;

/**
 * The class images of prior preservation, checked before anything is computed.
 *
 * @param drawing settings for drawing missing ones; empty if there are enough
 */
record ClassImageInputs(PriorPreservation prior, Optional<Generation> drawing) {
  private static final Logger LOG = LoggerFactory.getLogger(ClassImageInputs.class);

  /**
   * Checks the existing images. If some are missing, checks also the settings for drawing them and
   * their folder.
   *
   * @param room of a task
   * @throws InvalidInputException with every problem found
   */
  static ClassImageInputs check(
      TrainingConfig config, PriorPreservation prior, Configuration hadoop, MemoryRoom room) {
    DatasetFolder datasets = new DatasetFolder(hadoop);
    String folder = prior.data().datasetName();
    if (prior.images().missing(hadoop) == 0 || datasets.isParquet(folder)) {
      datasets.open(prior.data());
      return new ClassImageInputs(prior, Optional.empty());
    }
    Findings findings = new Findings();
    findings.check(() -> requirePrompt(prior, hadoop));
    findings.check(() -> FolderProbe.write("--class_data_dir", folder, hadoop));
    Optional<Generation> generation =
        findings.collect(
            () ->
                GenerationCheck.check(
                    prior.drawing(config.model(), config.batch()),
                    hadoop,
                    DrawingMemory.ofClassImages(room)));
    findings.throwAll();
    return new ClassImageInputs(prior, generation);
  }

  private static void requirePrompt(PriorPreservation prior, Configuration hadoop) {
    if (prior.data().prompt().isEmpty()) {
      throw InvalidInputException.configuration(
          String.format(
              Locale.ROOT,
              "Missing --class_prompt: it is the prompt for the %d class images that %s lacks; or"
                  + " give as many pictures with captions of their own",
              prior.images().missing(hadoop),
              prior.data().datasetName()));
    }
  }

  /** Warns of the end of the class's prompt that neither drawing nor training reads. */
  private static void warnOfCut(String prompt, TrainingConfig config, Configuration hadoop) {
    CaptionTokenizer tokenizer = CaptionTokenizer.load(config.model().open(hadoop));
    int cut = tokenizer.truncated(prompt);
    if (cut > 0) {
      LOG.warn(
          "The text encoder reads {} tokens of --class_prompt and leaves out the last {}; shorten"
              + " it, or give a larger --max_token_length",
          tokenizer.most(),
          cut);
    }
  }

  /** The class images, after the missing ones were drawn. */
  ImageDataset complete(JavaSparkContext spark, TrainingConfig config) {
    long seed = config.batch().seed();
    prior.data().prompt().ifPresent(text -> warnOfCut(text, config, spark.hadoopConfiguration()));
    drawing.ifPresent(
        generation ->
            prior.images().draw(spark, generation, prior.data().prompt().orElseThrow(), seed));
    return new DatasetFolder(spark.hadoopConfiguration()).open(prior.data());
  }
}
