package org.sparklora.spark;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.ModelConfig;
import org.sparklora.model.ModelFolder;
import org.sparklora.pipeline.AdapterUse;
import org.sparklora.pipeline.ImageRequest;
import org.sparklora.pipeline.ImageSize;
import org.sparklora.pipeline.PipelineConfig;
import org.sparklora.pipeline.SamplingConfig;
import org.sparklora.pipeline.StableDiffusionPipeline;
import org.sparklora.report.ImageGrid;
import org.sparklora.tensor.Precision;

/** Draws the validation prompts with and without the adapter, on one executor. */
final class ValidationJob {
  private ValidationJob() {}

  /** What the executor is sent. */
  private record Order(
      SerializableConfiguration hadoop,
      PipelineConfig pipeline,
      UNetWorkerFactory.Lora lora,
      float[] values,
      List<String> prompts,
      int resolution,
      int steps,
      double guidanceScale,
      long seed)
      implements Serializable {}

  /**
   * Draws the grid.
   *
   * @return a PNG, or empty where no prompt was given
   */
  static Optional<byte[]> run(JavaSparkContext spark, TrainingConfig config, float[] values) {
    if (config.validation().prompts().isEmpty()) {
      return Optional.empty();
    }
    Order order =
        new Order(
            new SerializableConfiguration(spark.hadoopConfiguration()),
            new PipelineConfig(
                config.model(),
                AdapterUse.none(),
                Precision.FP32,
                config.batch().threadsPerWorker(),
                config.batch().attention()),
            UNetWorkerFactory.Lora.of(config.lora()),
            values,
            List.copyOf(config.validation().prompts()),
            config.data().resolution(),
            config.validation().numInferenceSteps(),
            config.validation().guidanceScale(),
            config.batch().seed());
    spark.sc().setJobDescription("spark-lora: draw " + order.prompts().size() + " prompts");
    return Optional.of(
        spark.parallelize(List.of(order), 1).map(ValidationJob::draw).collect().get(0));
  }

  private static byte[] draw(Order order) {
    Configuration hadoop = order.hadoop().value();
    try (StableDiffusionPipeline pipeline =
        StableDiffusionPipeline.open(
            order.pipeline(), hadoop, GpuAssignment.device(TaskContext.get()))) {
      List<BufferedImage> base = draw(order, pipeline);
      ModelConfig model = order.pipeline().base();
      ModelFolder folder = ModelFolder.open(model.location(), hadoop, model.variant());
      LoraConfig lora = order.lora().config();
      AdapterLayout layout = UNetWorkerFactory.layout(folder, lora);
      pipeline.add(layout.adapter(order.values(), lora), 1, false);
      List<BufferedImage> adapted = draw(order, pipeline);
      return png(
          new ImageGrid(order.prompts(), List.of("base", "adapted"), List.of(base, adapted)));
    }
  }

  private static List<BufferedImage> draw(Order order, StableDiffusionPipeline pipeline) {
    SamplingConfig settings = SamplingConfig.of(order.steps(), order.guidanceScale());
    ImageSize size = new ImageSize(order.resolution(), order.resolution());
    return order.prompts().stream()
        .map(prompt -> List.of(new ImageRequest(prompt, "", order.seed())))
        .flatMap(one -> pipeline.generate(one, settings, size, (done, all) -> {}).stream())
        .toList();
  }

  private static byte[] png(ImageGrid grid) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      grid.writePng(out);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot encode the pictures", e);
    }
    return out.toByteArray();
  }
}
