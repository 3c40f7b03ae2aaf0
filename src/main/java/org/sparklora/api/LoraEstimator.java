package org.sparklora.api;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.sparklora.cli.CommandFlags;
import org.sparklora.data.TableConfig;
import org.sparklora.spark.TrainingJob;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.table.TableCopy;
import org.sparklora.util.InvalidInputException;

/**
 * Trains a LoRA adapter in the caller's Spark session, as {@code spark-lora train} does. Its params
 * are that command's flags, by their names without dashes:
 *
 * <pre>{@code
 * LoraModel model =
 *     new LoraEstimator()
 *         .flag("pretrained_model_name_or_path", "/models/sd15")
 *         .flag("output_dir", "/adapters/naruto")
 *         .flag("max_train_steps", 1000)
 *         .fit(spark.table("captioned_pictures"));
 * }</pre>
 *
 * <p>Every failure is an exception whose message is that of the command line. No failure stops the
 * Spark context.
 */
public final class LoraEstimator extends Estimator<LoraModel> implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;
  private static final String DATASET = "dataset_name";

  /** The data set's name in the report and on the model card if the data is a table. */
  private static final String TABLE = "DataFrame";

  private final String uid;
  private final List<FlagParam> flags;

  public LoraEstimator() {
    this(Identifiable.randomUID("LoraEstimator"));
  }

  /**
   * Makes an estimator with a given uid. Spark ML copies and loads estimators by this constructor.
   *
   * @param uid unique among the stages of a pipeline
   */
  public LoraEstimator(String uid) {
    this.uid = uid;
    this.flags = FlagParam.all(uid, Program.TRAIN);
    FlagValues.setDefaults(this, Program.TRAIN);
  }

  /** Loads an estimator that {@link #save} has written. */
  public static LoraEstimator load(String path) {
    return new DefaultParamsReader<LoraEstimator>().load(path);
  }

  /**
   * Sets a flag.
   *
   * @param name of a flag of {@code train}, without dashes
   * @param value a boolean, a number, a text, or a list for a flag that may be given several times
   * @return this
   * @throws InvalidInputException when there is no such flag, or it does not take the value
   */
  public LoraEstimator flag(String name, Object value) {
    FlagValues.set(this, Program.TRAIN, name, value);
    return this;
  }

  /**
   * Trains on a table. Columns are those of {@code image_column}, binary or {@code struct<bytes:
   * binary>}, and {@code caption_column}, string or array of strings.
   *
   * <p>The rows are copied once, beside the latents, in the order of their SHA-256. So the same
   * rows give the same bytes, in whatever order or partitions they come.
   *
   * @throws InvalidInputException when a flag, the table, the model or a setting of the session
   *     cannot be used
   * @throws RuntimeException when the run fails; the message is that of the command line
   */
  @Override
  public LoraModel fit(Dataset<?> table) {
    if (isSet(getParam(DATASET))) {
      throw InvalidInputException.configuration(
          "Invalid --dataset_name: "
              + getOrDefault(getParam(DATASET))
              + "; fit trains on the table that it is given: leave the flag out, or call"
              + " train(session)");
    }
    Dataset<Row> rows = table.toDF();
    Map<String, Object> values = FlagValues.given(this);
    ofDataFrame(values);
    return run(values, rows.sparkSession(), Optional.of(rows));
  }

  private static void ofDataFrame(Map<String, Object> values) {
    values.put(DATASET, TABLE);
    values.put("dataset_format", TableConfig.DATA_FRAME);
  }

  /** Trains on the data set that {@code dataset_name} names, with the errors of {@link #fit}. */
  public LoraModel train(SparkSession session) {
    return run(FlagValues.given(this), session, Optional.empty());
  }

  private LoraModel run(
      Map<String, Object> values, SparkSession session, Optional<Dataset<Row>> rows) {
    TrainingConfig config = configuration(values);
    TrainingJob.run(config, session, rows);
    return LoraModel.trained(config.outputDir(), values).setParent(this);
  }

  private static TrainingConfig configuration(Map<String, Object> values) {
    CommandFlags<?> flags = Program.TRAIN.flags();
    return (TrainingConfig) flags.config(values);
  }

  /**
   * Requires the columns that are read.
   *
   * @return the same schema, because training adds no column
   */
  @Override
  public StructType transformSchema(StructType schema) {
    Map<String, Object> values = FlagValues.given(this);
    ofDataFrame(values);
    TableCopy.check(schema, configuration(values).data());
    return schema;
  }

  @Override
  public LoraEstimator copy(ParamMap extra) {
    return defaultCopy(extra);
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
