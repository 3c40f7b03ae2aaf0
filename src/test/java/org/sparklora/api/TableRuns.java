package org.sparklora.api;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.rand;
import static org.apache.spark.sql.functions.row_number;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.sparklora.cli.CommandRun;
import org.sparklora.util.ContentHash;
import org.sparklora.util.InvalidInputException;

/**
 * Trains on tables of Delta and Iceberg, whose jars are on this process's class path, and prints
 * the SHA-256 of each adapter behind its name. {@link TableTrainingIT} looks at them.
 */
final class TableRuns {
  private static final Map<String, Object> FLAGS =
      Map.of(
          "pretrained_model_name_or_path", "src/quickstart/base-model",
          "max_train_samples", 6,
          "resolution", 64,
          "train_batch_size", 1,
          "max_train_steps", 1,
          "learning_rate", 1e-3,
          "seed", 5);

  private final SparkSession session;
  private final Path folder;

  private TableRuns(SparkSession session, Path folder) {
    this.session = session;
    this.folder = folder;
  }

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    SparkSession session =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
            .config(
                "spark.sql.catalog.spark_catalog",
                "org.apache.spark.sql.delta.catalog.DeltaCatalog")
            .config("spark.sql.catalog.lake", "org.apache.iceberg.spark.SparkCatalog")
            .config("spark.sql.catalog.lake.type", "hadoop")
            .config("spark.sql.catalog.lake.warehouse", folder.resolve("lake").toString())
            .getOrCreate();
    TableRuns runs = new TableRuns(session, folder);
    runs.delta();
    runs.iceberg();
    runs.plain();
    runs.otherFormats();
    runs.keyed();
    session.stop();
    runs.commandLine();
    runs.prepared();
  }

  private Dataset<Row> pictures() {
    return session
        .read()
        .parquet("src/quickstart/noto/data")
        .orderBy("text")
        .limit(40)
        .select(col("image"), col("text"));
  }

  private void delta() throws IOException {
    String table = folder.resolve("delta").toString();
    Dataset<Row> rows = pictures().cache();
    rows.limit(20).write().format("delta").save(table);
    say("delta-first", "delta", table);
    rows.orderBy(col("text").desc()).limit(10).write().format("delta").mode("append").save(table);
    say("delta-newest", "delta", table);
    say("delta-pinned", "delta", table, "versionAsOf=0");
    System.out.println("delta-card " + card("delta-newest").contains("versionAsOf=1"));
    session.sql("OPTIMIZE delta.`" + table + "`");
    say("delta-compacted", "delta", table);
  }

  private void iceberg() throws Exception {
    Dataset<Row> rows = pictures().cache();
    rows.limit(20).writeTo("lake.db.pictures").using("iceberg").createOrReplace();
    String first =
        session.sql("SELECT snapshot_id FROM lake.db.pictures.refs").first().get(0).toString();
    say("iceberg-first", "iceberg", "lake.db.pictures");
    rows.orderBy(col("text").desc()).limit(10).writeTo("lake.db.pictures").append();
    say("iceberg-newest", "iceberg", "lake.db.pictures");
    say("iceberg-pinned", "iceberg", "lake.db.pictures", "versionAsOf=" + first);
  }

  private void plain() throws IOException {
    Dataset<Row> rows = pictures().cache();
    rows.limit(20)
        .repartition(3)
        .orderBy(rand(3))
        .write()
        .parquet(folder.resolve("plain").toString());
    session.read().parquet(folder.resolve("plain").toString()).createOrReplaceTempView("first");
    say("sql", "sql", "SELECT * FROM first");
    System.out.println("nowhere " + said(() -> train("x", "delta", "/nowhere")));
    System.out.println("unknown " + said(() -> train("x", "tablez", "/nowhere")));
  }

  /** The same rows in ORC and in a database. */
  private void otherFormats() throws IOException {
    Dataset<Row> rows = session.table("first");
    rows.repartition(2).write().orc(folder.resolve("orc").toString());
    say("orc", "orc", folder.resolve("orc").toString());
    String url = "jdbc:h2:file:" + folder.resolve("h2");
    Properties driver = new Properties();
    driver.put("driver", "org.h2.Driver");
    rows.select(col("image.bytes").as("image"), col("text")).write().jdbc(url, "pictures", driver);
    say("jdbc", "jdbc", "pictures", "url=" + url, "driver=org.h2.Driver");
    rows.select(col("image.bytes").as("image"), col("text"))
        .write()
        .parquet(folder.resolve("bytes").toString());
    say("bytes", "parquet", folder.resolve("bytes").toString());
  }

  /** A key decides the order of rows, however they lie in files. */
  private void keyed() throws IOException {
    Dataset<Row> rows =
        session.table("first").withColumn("id", row_number().over(Window.orderBy("text")));
    rows.repartition(3).orderBy(rand(1)).write().parquet(folder.resolve("keyed").toString());
    rows.coalesce(1).write().parquet(folder.resolve("keyed-too").toString());
    for (String name : List.of("keyed", "keyed-too")) {
      estimator(name, "parquet", folder.resolve(name).toString())
          .flag("dataset_key", "id")
          .train(session);
      System.out.println(name + " " + sha(folder.resolve("out").resolve(name)));
    }
    rows.selectExpr("image", "text", "id % 7 AS id")
        .write()
        .parquet(folder.resolve("twice").toString());
    System.out.println(
        "twice "
            + said(
                () ->
                    estimator("x", "parquet", folder.resolve("twice").toString())
                        .flag("dataset_key", "id")
                        .train(session)));
  }

  /** By the command line, in a Spark of its own. */
  private void commandLine() throws IOException {
    Path output = folder.resolve("out/command");
    Map<String, Object> flags = new TreeMap<>(FLAGS);
    flags.put("output_dir", output);
    System.out.println(run("train", flags));
    System.out.println("command " + sha(output));
  }

  /** The latents are made beforehand, from the same table. */
  private void prepared() throws IOException {
    Path latents = folder.resolve("latents");
    Map<String, Object> flags = new TreeMap<>(FLAGS);
    flags.keySet().removeAll(List.of("train_batch_size", "max_train_steps", "learning_rate"));
    flags.put("latent_cache_dir", latents);
    System.out.println(run("prepare", flags));
    List<String> made = names(latents);
    Path output = folder.resolve("out/prepared");
    flags.putAll(FLAGS);
    flags.put("output_dir", output);
    System.out.println(run("train", flags));
    System.out.println("prepared " + sha(output));
    System.out.println("prepared-once " + names(latents).equals(made));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  private String run(String command, Map<String, Object> flags) {
    flags.put("master", "local[2]");
    flags.put("dataset_format", "parquet");
    flags.put("dataset_name", folder.resolve("plain"));
    return CommandRun.of(
            Stream.concat(
                    Stream.of(command),
                    flags.entrySet().stream()
                        .map(flag -> "--" + flag.getKey() + "=" + flag.getValue()))
                .toArray())
        .err();
  }

  private void say(String name, String format, String table, String... options) throws IOException {
    System.out.println(name + " " + sha(Path.of(train(name, format, table, options).adapter())));
  }

  private LoraModel train(String name, String format, String table, String... options) {
    return estimator(name, format, table, options).train(session);
  }

  private LoraEstimator estimator(String name, String format, String table, String... options) {
    LoraEstimator estimator = new LoraEstimator();
    FLAGS.forEach(estimator::flag);
    return estimator
        .flag("dataset_format", format)
        .flag("dataset_name", table)
        .flag("dataset_options", List.of(options))
        .flag("output_dir", folder.resolve("out").resolve(name).toString());
  }

  private String card(String name) throws IOException {
    return Files.readString(folder.resolve("out").resolve(name).resolve("README.md"));
  }

  private static String sha(Path output) throws IOException {
    String place = output.toString().replaceFirst("^file:/+", "/");
    try (var in = Files.newInputStream(Path.of(place, "pytorch_lora_weights.safetensors"))) {
      return ContentHash.sha256(in);
    }
  }

  private static String said(Callable<?> call) {
    try {
      return String.valueOf(call.call());
    } catch (InvalidInputException e) {
      return e.getMessage();
    } catch (Exception e) {
      return e.toString();
    }
  }
}
