package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A first notebook session: a new virtual environment has only what the wheel asks for. Packages
 * come from PyPI. It is run by {@code mvn verify -Dslow.tests=none -Dit.test=NotebookSessionIT}.
 */
@Tag("slow")
class NotebookSessionIT {
  private static final Path LOG = Path.of("target", "docs", "notebook-session.log");

  @TempDir private Path folder;

  @Test
  void aStrangerHasPicturesWithinTenMinutesOfInstallingTheWheel() throws Exception {
    String python = System.getenv("SPARK_LORA_PYSPARK");
    assumeThat(python).as("SPARK_LORA_PYSPARK, a Python").isNotNull();
    String session = python + " src/test/python/stranger_session.py " + folder;
    Shell shell = Shell.start(session, LOG, Map.of());
    assertThat(shell.end()).as(shell.text()).isZero();
    assertThat(shell.text()).containsPattern("s  in all, 7 pictures shown");
  }
}
