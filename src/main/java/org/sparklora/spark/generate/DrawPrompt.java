package org.sparklora.spark.generate;

import java.util.OptionalLong;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.sparklora.data.caption.CaptionText;
import org.sparklora.pipeline.request.GenerationConfig;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.util.InvalidInputException;

/**
 * The function that draws the picture of a prompt, for SQL. A value without a prompt has none.
 *
 * @param negativePrompt of every prompt
 */
public record DrawPrompt(DrawPictures draw, String negativePrompt) implements UDF1<String, byte[]> {
  private static final long serialVersionUID = 1L;

  /**
   * Registers the function with a session: a text goes in, a PNG file comes out. Spark calls it
   * once for each row, because it is not declared to be deterministic.
   *
   * @param negativePrompt of every prompt
   * @throws InvalidInputException when an input cannot be used
   */
  public static void register(
      SparkSession session, String name, String negativePrompt, GenerationConfig config) {
    if (config.repeats().images() > 1) {
      throw InvalidInputException.configuration(
          "Unsupported --num_images_per_prompt: "
              + config.repeats().images()
              + "; a function draws one picture of a prompt: call transform, or give rows seeds");
    }
    UserDefinedFunction function =
        functions.udf(
            new DrawPrompt(DrawPictures.of(config, session.sparkContext()), negativePrompt),
            DataTypes.BinaryType);
    session.udf().register(name, function.asNondeterministic());
  }

  @Override
  public byte[] call(String prompt) {
    if (prompt == null || CaptionText.isBlank(prompt)) {
      return null;
    }
    ImageRequest request =
        draw.generation().repeats().of(prompt, negativePrompt, OptionalLong.empty()).get(0);
    return draw.png(request);
  }
}
