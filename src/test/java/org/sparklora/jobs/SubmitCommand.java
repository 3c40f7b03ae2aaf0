package org.sparklora.jobs;

import java.util.List;
import java.util.Map;
import org.apache.spark.deploy.SparkSubmitArguments;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** The words after spark-submit, as Spark itself reads them. */
record SubmitCommand(SparkSubmitArguments read) {
  /** YARN's master wants to know where Hadoop's settings are. */
  private static final Map<String, String> ENVIRONMENT = Map.of("HADOOP_CONF_DIR", "/etc/hadoop");

  static SubmitCommand of(List<String> words) {
    Seq<String> arguments = CollectionConverters.asScala(words).toSeq();
    return new SubmitCommand(
        new SparkSubmitArguments(
            arguments,
            scala.collection.immutable.Map.from(CollectionConverters.asScala(ENVIRONMENT))));
  }

  /** The application's own arguments. */
  List<String> arguments() {
    return CollectionConverters.asJava(read.childArgs().toSeq());
  }

  /** A setting of Spark; null where it is not set. */
  String property(String key) {
    return CollectionConverters.asJava(read.sparkProperties()).get(key);
  }
}
