package org.sparklora.spark.validation;

import java.awt.image.BufferedImage;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.util.SerializableConfiguration;
import org.sparklora.lora.Trainables;
import org.sparklora.model.TextLength;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.pipeline.PictureText;
import org.sparklora.pipeline.PngFile;
import org.sparklora.pipeline.StableDiffusionPipeline;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.pipeline.request.PipelineConfig;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.spark.settings.GpuAssignment;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.util.ProgramVersion;

/**
 * Draws validation pictures one at a time, so that a picture does not depend on the task that draws
 * it.
 *
 * @param values of the adapter
 * @param base whether to draw each without the adapter, too
 */
record DrawValidation(
    SerializableConfiguration hadoop,
    PipelineConfig pipeline,
    Trainables trainables,
    float[] values,
    boolean base)
    implements FlatMapFunction<Iterator<PlannedPicture>, DrawValidation.Drawn> {
  /**
   * A picture as PNG.
   *
   * @param base empty if it was not asked for
   */
  record Drawn(byte[] base, byte[] adapted) implements Serializable {}

  @Override
  public Iterator<Drawn> call(Iterator<PlannedPicture> pictures) {
    List<PlannedPicture> planned = new ArrayList<>();
    pictures.forEachRemaining(planned::add);
    Configuration configuration = hadoop.value();
    try (StableDiffusionPipeline opened =
        StableDiffusionPipeline.open(
            pipeline, configuration, GpuAssignment.device(TaskContext.get()))) {
      List<byte[]> without = base ? draw(planned, opened) : List.of();
      ModelConfig model = pipeline.base();
      ModelFolder folder = model.open(configuration);
      opened.add(AdapterWorkerFactory.layout(folder, trainables).adapter(values), 1, false);
      List<byte[]> with = draw(planned, opened);
      List<Drawn> drawn = new ArrayList<>();
      for (int i = 0; i < with.size(); i++) {
        drawn.add(new Drawn(base ? without.get(i) : new byte[0], with.get(i)));
      }
      return drawn.iterator();
    }
  }

  private List<byte[]> draw(List<PlannedPicture> planned, StableDiffusionPipeline opened) {
    List<byte[]> pictures = new ArrayList<>();
    for (PlannedPicture picture : planned) {
      List<BufferedImage> one =
          opened.generate(
              List.of(picture.request()),
              picture.sampling(),
              picture.size(),
              (done, all) -> TaskContext.get().killTaskIfInterrupted());
      pictures.add(PngFile.encode(one.get(0), texts(picture)));
    }
    return pictures;
  }

  private Map<String, String> texts(PlannedPicture picture) {
    ImageRequest request = picture.request();
    SamplingConfig sampling = picture.sampling();
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put("prompt", request.prompt());
    if (!request.negativePrompt().isEmpty()) {
      texts.put("negative_prompt", request.negativePrompt());
    }
    texts.put("seed", String.valueOf(request.seed()));
    texts.put("num_inference_steps", String.valueOf(sampling.numInferenceSteps()));
    texts.put("guidance_scale", String.valueOf(sampling.guidanceScale()));
    if (!sampling.scheduler().equals(SamplingConfig.DEFAULT_SCHEDULER)) {
      texts.put("scheduler", sampling.scheduler());
    }
    if (trainables.clipSkip() > 0) {
      texts.put("clip_skip", String.valueOf(trainables.clipSkip()));
    }
    if (pipeline.base().textPieces() > 1) {
      texts.put(
          "max_token_length", String.valueOf(TextLength.tokens(pipeline.base().textPieces())));
    }
    texts.put(PictureText.SOFTWARE, ProgramVersion.text());
    return texts;
  }
}
