package org.sparklora.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.util.InvalidInputException;

class SavedModelTest {
  @TempDir private Path folder;

  @Test
  void readsTheReportBesideAnAdapter() throws Exception {
    assertThat(SavedModel.report(folder.toString(), new Configuration())).isEmpty();
    Files.writeString(folder.resolve("report.html"), "<html>é</html>");
    assertThat(SavedModel.report(folder.toString(), new Configuration()))
        .hasValue("<html>é</html>");
  }

  @Test
  void aReportThatNeedNotEndIsRefused() throws Exception {
    Files.createSymbolicLink(folder.resolve("report.html"), Path.of("/dev/zero"));
    assertThatThrownBy(() -> SavedModel.report(folder.toString(), new Configuration()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("report.html: it is a device");
  }
}
