package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The exit codes of a driver that Spark's own submit runs, in a process of its own. */
@Tag("long")
class SparkSubmitExitTest {
  @TempDir private Path folder;

  private Submission submit(List<String> java, List<String> settings, String... args)
      throws IOException, InterruptedException {
    return Submission.run(folder, java, settings, Map.of(), List.of(args));
  }

  private String[] train(String... more) {
    List<String> words = new ArrayList<>(List.of("train"));
    words.addAll(SmallRun.flags(SmallRun.MODEL, SmallRun.DATA, 2, folder.resolve("out")));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  @Test
  void aDriverWithoutMemoryEndsWithTheCodeOfMissingResources() throws Exception {
    Path big = folder.resolve("big.safetensors");
    String header =
        "{\"unet.conv_in.lora_A.weight\":{\"dtype\":\"F32\",\"shape\":[1,60000000],\"data_offsets\":[0,"
            + "240000000]},\"unet.conv_in.lora_B.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],"
            + "\"data_offsets\":[240000000,240000004]}}";
    try (RandomAccessFile file = new RandomAccessFile(big.toFile(), "rw")) {
      file.writeLong(Long.reverseBytes(header.length()));
      file.write(header.getBytes(StandardCharsets.UTF_8));
      file.setLength(8L + header.length() + 240_000_004);
    }
    Submission result = submit(List.of("-Xmx64m"), List.of(), "inspect", big.toString());
    assertThat(result.err()).contains("error: Cannot go on: the driver ran out of memory");
    assertThat(result.code()).isEqualTo(4);
  }

  /** Without this Spark would end the process itself, with its code 53. */
  @Test
  void aFolderThatSparkCannotMakeIsASettingThatIsRefused() throws Exception {
    Submission result = submit(List.of("-Xmx1g"), List.of("spark.local.dir=/proc/none"), train());
    assertThat(result.err()).contains("error: Invalid spark.local.dir: /proc/none");
    assertThat(result.code()).isEqualTo(2);
    assertThat(folder.resolve("out")).doesNotExist();
  }
}
