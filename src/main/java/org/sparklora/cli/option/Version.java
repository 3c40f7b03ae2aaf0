package org.sparklora.cli.option;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Optional;
import java.util.Properties;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import org.sparklora.util.ProgramVersion;
import picocli.CommandLine.IVersionProvider;

/** The version: the build's entries in the jar's manifest, and the software that runs it. */
public final class Version implements IVersionProvider {
  private static final String SPARK_FACTS = "/spark-version-info.properties";

  @Override
  public String[] getVersion() {
    Attributes built = manifest();
    return new String[] {
      ProgramVersion.text(),
      "commit " + built(built, "Implementation-Build"),
      "Spark " + sparkHere().orElseGet(() -> built(built, "Spark-Version") + " (not started)"),
      "libtorch " + built(built, "Libtorch-Version"),
      "Java " + System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")"
    };
  }

  private static String built(Attributes attributes, String name) {
    String value = attributes.getValue(name);
    return value == null || value.isBlank() ? "unknown" : value;
  }

  private static Attributes manifest() {
    String self = Version.class.getName().replace('.', '/') + ".class";
    String url = String.valueOf(Version.class.getClassLoader().getResource(self));
    if (!url.startsWith("jar:")) {
      return new Attributes();
    }
    String place = url.substring(0, url.length() - self.length()) + "META-INF/MANIFEST.MF";
    try (InputStream in = new URL(place).openStream()) {
      return new Manifest(in).getMainAttributes();
    } catch (IOException e) {
      return new Attributes();
    }
  }

  /** The Spark of this process. */
  private static Optional<String> sparkHere() {
    try (InputStream in = Version.class.getResourceAsStream(SPARK_FACTS)) {
      if (in == null) {
        return Optional.empty();
      }
      Properties facts = new Properties();
      facts.load(in);
      return Optional.ofNullable(facts.getProperty("version"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
