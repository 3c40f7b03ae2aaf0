package org.sparklora.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Every part of the check for GPU nodes, on the CPU, so that nothing is new on the day. */
@Tag("slow")
class GpuCheckIT {
  @TempDir private Path folder;

  @Test
  void everyPartRunsOnACpuAndEveryPromiseIsKept() throws Exception {
    int code = check("--only", "verify,bytes,pictures,bench");
    JsonNode result = new ObjectMapper().readTree(folder.resolve("check/gpu-check.json").toFile());
    assertThat(code).as(result.toPrettyString()).isZero();
    assertThat(result.path("rows").findValuesAsText("part"))
        .contains("verify", "bytes", "pictures", "bench");
    assertThat(result.path("rows").findValuesAsText("verdict"))
        .containsOnly("kept", "measured")
        .contains("kept");
  }

  @Test
  void aPartThatFailsIsSaidAndDoesNotStopTheOthers() throws Exception {
    int code = check("--only", "pictures,diffusers", "--model", "no/such/model", "--python", "no");
    JsonNode result = new ObjectMapper().readTree(folder.resolve("check/gpu-check.json").toFile());
    assertThat(code).isEqualTo(1);
    assertThat(result.path("rows").findValuesAsText("part"))
        .containsExactly("pictures", "diffusers");
    assertThat(result.path("rows").get(0).path("value").asText()).contains("no/such/model");
  }

  private int check(String... arguments) {
    CommandLine command = new CommandLine(new GpuCheck(GpuCheck.program()));
    String[] all =
        java.util.stream.Stream.concat(
                List.of("--device", "cpu", "--minutes", "30", "--scratch", folder + "/check")
                    .stream(),
                java.util.Arrays.stream(arguments))
            .toArray(String[]::new);
    return command.execute(all);
  }
}
