package org.sparklora.spark.generate;

import java.awt.image.BufferedImage;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.sparklora.pipeline.PictureText;
import org.sparklora.pipeline.PngFile;
import org.sparklora.pipeline.request.Generation;
import org.sparklora.pipeline.request.ImageRequest;

/**
 * The rows of drawn pictures: {@code image} in the form of Hugging Face's data sets, the prompt,
 * and every setting on which the picture depends.
 */
record PictureTable(Generation generation, PictureText texts) {
  private static final StructType IMAGE =
      new StructType().add("bytes", DataTypes.BinaryType).add("path", DataTypes.StringType);

  static final String IMAGE_COLUMN = "image";

  static final StructType SCHEMA =
      new StructType()
          .add(IMAGE_COLUMN, IMAGE)
          .add("id", DataTypes.StringType)
          .add("prompt", DataTypes.StringType)
          .add("negative_prompt", DataTypes.StringType)
          .add("seed", DataTypes.LongType)
          .add("scheduler", DataTypes.StringType)
          .add("scheduler_config", DataTypes.StringType)
          .add("num_inference_steps", DataTypes.IntegerType)
          .add("guidance_scale", DataTypes.DoubleType)
          .add("guidance_rescale", DataTypes.DoubleType)
          .add("clip_skip", DataTypes.IntegerType)
          .add("height", DataTypes.IntegerType)
          .add("width", DataTypes.IntegerType)
          .add("mixed_precision", DataTypes.StringType)
          .add("base_model", DataTypes.StringType)
          .add("adapters", DataTypes.StringType)
          .add("software", DataTypes.StringType);

  static PictureTable of(Generation generation) {
    return new PictureTable(generation, new PictureText(generation));
  }

  Row row(PromptRow prompt, BufferedImage image) {
    ImageRequest request = prompt.request();
    Map<String, String> written = texts.of(request);
    byte[] png = PngFile.encode(image, written);
    return RowFactory.create(
        RowFactory.create(png, prompt.fileName()),
        prompt.id().orElse(null),
        request.prompt(),
        request.negativePrompt(),
        request.seed(),
        generation.sampling().scheduler(),
        texts.schedulerOptions(),
        generation.sampling().numInferenceSteps(),
        generation.sampling().guidanceScale(),
        generation.sampling().guidanceRescale(),
        generation.sampling().clipSkip(),
        generation.start().height(),
        generation.start().width(),
        texts.precision(),
        texts.baseModel(),
        texts.adapters(),
        written.get(PictureText.SOFTWARE));
  }
}
