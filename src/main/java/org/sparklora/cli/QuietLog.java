package org.sparklora.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;

/**
 * Sets up the log of a process that spark-submit has started, unless it has a configuration.
 * Spark's own default is very verbose. The jar's settings are those of {@code
 * conf/log4j2.properties}.
 */
final class QuietLog {
  private static final String SPARKS_DEFAULT = "org/apache/spark/log4j2-defaults.properties";

  private QuietLog() {}

  static void setUp() {
    if (!(LogManager.getContext(false) instanceof LoggerContext context)) {
      return;
    }
    URI now = context.getConfiguration().getConfigurationSource().getURI();
    boolean chosen = now != null && !now.toString().endsWith(SPARKS_DEFAULT);
    if (!chosen && System.getProperty("log4j2.configurationFile") == null) {
      ours().ifPresent(context::setConfigLocation);
    }
  }

  private static Optional<URI> ours() {
    URL url = QuietLog.class.getResource("log4j2.properties");
    try {
      return url == null ? Optional.empty() : Optional.of(url.toURI());
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }
}
