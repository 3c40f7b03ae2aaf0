package org.sparklora.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.sparklora.model.folder.Locations;
import org.sparklora.pipeline.request.GenerationConfig;
import org.sparklora.spark.generate.DrawPrompt;
import org.sparklora.spark.generate.PromptPictures;
import org.sparklora.util.InvalidInputException;

/**
 * An adapter that draws: {@link #transform} puts a picture beside each prompt, as {@code spark-lora
 * generate} does. Its params are the flags of that command that say how pictures are drawn.
 */
public final class LoraModel extends Model<LoraModel> implements MLWritable {
  private static final long serialVersionUID = 1L;
  private static final String ADAPTER = "adapter";
  private static final String PROMPT_COLUMN = "prompt_column";
  private static final String NEGATIVE_PROMPT = "negative_prompt";

  /** Flags that mean the same in training and in drawing. */
  private static final List<String> SHARED =
      List.of("pretrained_model_name_or_path", "revision", "variant", "cache_dir", "vae_path");

  private final String uid;
  private final List<FlagParam> flags;

  /**
   * Makes a model without an adapter. Spark ML copies and loads models by this constructor.
   *
   * @param uid unique among the stages of a pipeline
   */
  public LoraModel(String uid) {
    this.uid = uid;
    this.flags = FlagParam.all(uid, Program.GENERATE);
    FlagValues.setDefaults(this, Program.GENERATE);
  }

  /**
   * Makes a model that draws with an existing adapter.
   *
   * @param adapter an output folder of {@code train}, a file, or a repository of the hub
   */
  public static LoraModel of(String adapter) {
    return new LoraModel(Identifiable.randomUID("LoraModel")).flag(ADAPTER, adapter);
  }

  /** The model that a run has trained. */
  static LoraModel trained(String outputDir, Map<String, Object> trainedWith) {
    LoraModel model = of(Locations.shown(outputDir));
    SHARED.stream()
        .filter(name -> trainedWith.containsKey(name) && model.hasParam(name))
        .forEach(name -> model.flag(name, trainedWith.get(name)));
    return model;
  }

  /** Loads a model that {@link #save} has written. */
  public static LoraModel load(String path) {
    LoraModel model = new DefaultParamsReader<LoraModel>().load(path);
    return model.flag(ADAPTER, new Path(path, SavedModel.ADAPTER).toString());
  }

  /**
   * Sets a flag.
   *
   * @param name of a flag of {@code generate}, without dashes
   * @return this
   * @throws InvalidInputException when there is no such flag, or it does not take the value
   */
  public LoraModel flag(String name, Object value) {
    FlagValues.set(this, Program.GENERATE, name, value);
    return this;
  }

  /** The place of the adapter: an output folder, a file, or a repository of the hub. */
  public String adapter() {
    Object value = getOrDefault(getParam(ADAPTER));
    return String.valueOf(value instanceof List<?> several ? several.get(0) : value);
  }

  /** Returns the number of adapters that the model draws with. */
  int adapters() {
    return getOrDefault(getParam(ADAPTER)) instanceof List<?> several ? several.size() : 1;
  }

  /** Returns the run's HTML report; empty if there is none beside the adapter. */
  public Optional<String> report() {
    return SavedModel.report(adapter(), hadoop());
  }

  /**
   * Adds a column {@code image}, {@code struct<bytes: binary, path: string>}, with a PNG file for
   * each prompt of the column {@code prompt_column}. Pictures are drawn when the result is read. A
   * row without a prompt has no picture.
   *
   * @throws InvalidInputException when a flag, the table or the adapter cannot be used
   */
  @Override
  public Dataset<Row> transform(Dataset<?> prompts) {
    return PromptPictures.add(prompts.toDF(), promptColumn(), negativePrompt(), configuration());
  }

  /**
   * Registers a function for SQL and {@code functions.call_function}. It takes a prompt and gives a
   * PNG file (binary), drawn with the flags that the model has now; null for a row without a
   * prompt. Negative prompt and seed are those of the flags; {@link #transform} takes a row's own.
   *
   * @param name of the function in this session
   * @throws InvalidInputException when a flag or the adapter cannot be used
   */
  public void register(SparkSession session, String name) {
    DrawPrompt.register(session, name, negativePrompt(), configuration());
  }

  private GenerationConfig configuration() {
    Map<String, Object> values = new HashMap<>(FlagValues.given(this));
    values.remove(PROMPT_COLUMN);
    values.remove(NEGATIVE_PROMPT);
    return (GenerationConfig) Program.GENERATE.flags().config(values);
  }

  private String promptColumn() {
    return String.valueOf(getOrDefault(getParam(PROMPT_COLUMN)));
  }

  private String negativePrompt() {
    Param<Object> param = getParam(NEGATIVE_PROMPT);
    return isSet(param) ? String.valueOf(getOrDefault(param)) : "";
  }

  @Override
  public StructType transformSchema(StructType schema) {
    return PromptPictures.schema(schema, promptColumn());
  }

  /** Writes params and adapter; {@link #load} reads them. */
  @Override
  public MLWriter write() {
    return new SavedModel(this);
  }

  private static Configuration hadoop() {
    return SparkSession.active().sparkContext().hadoopConfiguration();
  }

  @Override
  public LoraModel copy(ParamMap extra) {
    LoraModel copy = defaultCopy(extra);
    return copy.setParent(parent());
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public Param<?>[] params() {
    return flags.toArray(Param<?>[]::new);
  }
}
