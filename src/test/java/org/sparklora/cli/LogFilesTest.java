package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.ConfigurationSource;
import org.apache.logging.log4j.core.config.properties.PropertiesConfigurationFactory;
import org.apache.logging.log4j.core.impl.Log4jLogEvent;
import org.apache.logging.log4j.message.SimpleMessage;
import org.junit.jupiter.api.Test;

/** Log4j reads the files of conf/, and an event is a line. */
class LogFilesTest {
  private static final LogEvent PLAIN = event("Saved a checkpoint", null);
  private static final LogEvent FAILED =
      event("two\nlines", new IllegalStateException("what\nhappened"));

  @Test
  void anEventIsALine() {
    assertThat(line("log4j2.properties", PLAIN))
        .matches("\\d\\d:\\d\\d:\\d\\d INFO  TrainingJob: Saved a checkpoint\n");
    assertThat(line("log4j2.properties", FAILED))
        .endsWith(" INFO  TrainingJob: two\\nlines" + " | java.lang.IllegalStateException: what\n");
  }

  @Test
  void orAJsonObject() throws Exception {
    String line = line("log4j2-json.properties", FAILED);
    assertThat(line.stripTrailing()).doesNotContain("\n");
    JsonNode json = new JsonMapper().readTree(line);
    assertThat(json.get("message").asText()).isEqualTo("two\nlines");
    assertThat(json.get("log.level").asText()).isEqualTo("INFO");
    assertThat(json.get("log.logger").asText()).isEqualTo("org.sparklora.spark.TrainingJob");
    assertThat(json.get("error.type").asText()).isEqualTo("java.lang.IllegalStateException");
    assertThat(json.get("error.stack_trace").asText()).contains("LogFilesTest");
  }

  private static String line(String file, LogEvent event) {
    Path path = Path.of("conf", file);
    try (LoggerContext context = new LoggerContext(file)) {
      Configuration configuration =
          new PropertiesConfigurationFactory()
              .getConfiguration(context, ConfigurationSource.fromUri(path.toUri()));
      configuration.initialize();
      assertThat(configuration.getLoggerConfig("org.sparklora.cli").getLevel())
          .isEqualTo(Level.INFO);
      assertThat(configuration.getLoggerConfig("org.apache.spark").getLevel())
          .isEqualTo(Level.WARN);
      return configuration.getAppender("console").getLayout().toSerializable(event).toString();
    }
  }

  private static LogEvent event(String message, Throwable thrown) {
    return Log4jLogEvent.newBuilder()
        .setLoggerName("org.sparklora.spark.TrainingJob")
        .setLevel(Level.INFO)
        .setMessage(new SimpleMessage(message))
        .setThrown(thrown)
        .build();
  }
}
