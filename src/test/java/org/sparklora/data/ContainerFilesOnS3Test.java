package org.sparklora.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.s3.Fault;
import org.sparklora.s3.Faults;
import org.sparklora.s3.S3Server;

/** Tars and Arrow files in a store: each picture is a piece of an object. */
@Tag("long")
class ContainerFilesOnS3Test {
  private static final List<String> FOLDERS = List.of("tars", "saved", "lists");
  private static final String CONTENT = "GET .*\\.(tar|arrow).*";

  private static S3Server s3;
  private static Configuration hadoop;

  @BeforeAll
  static void upload() throws IOException {
    s3 = S3Server.start();
    hadoop = s3.hadoop();
    for (String name : FOLDERS) {
      Path target = new Path(s3.uri(name));
      FileUtil.copy(
          ContainerRows.FIXTURES.resolve(name).toFile(),
          target.getFileSystem(hadoop),
          target,
          false,
          hadoop);
    }
  }

  @AfterAll
  static void stop() {
    s3.close();
  }

  private static ImageDataset open(String name) {
    return new DatasetFolder(hadoop).open(ContainerRows.config(s3.uri(name), "image", "text"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tars", "saved", "lists"})
  void rowsAreThoseThatDatasetsReads(String name) throws IOException {
    assertThat(ContainerRows.read(open(name), hadoop)).isEqualTo(ContainerRows.expected(name));
  }

  /** The driver's look at the files, and each picture's piece, once each. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void everyReadOfAPieceSurvivesAFault(Fault fault) throws IOException {
    for (String name : List.of("tars", "saved")) {
      Faults counted = Faults.none();
      s3.faults(counted);
      ContainerRows.read(open(name), hadoop);
      int reads = counted.asked(CONTENT);
      assertThat(reads).isGreaterThan(2);
      for (int before = 0; before < reads; before++) {
        Faults faults = Faults.none().first(before, CONTENT, Fault.NONE).first(1, CONTENT, fault);
        s3.faults(faults);
        assertThat(ContainerRows.read(open(name), hadoop))
            .as("%s in request %d of %s", fault, before, name)
            .isEqualTo(ContainerRows.expected(name));
        assertThat(faults.injected()).containsEntry(fault, 1);
      }
      s3.faults(Faults.none());
    }
  }
}
