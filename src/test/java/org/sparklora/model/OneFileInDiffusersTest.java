package org.sparklora.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.ReferencePython;
import org.sparklora.model.folder.ModelFolder;

/** diffusers reads a model in one file. Needs Python with it; SPARK_LORA_PYTHON names it. */
@Tag("long")
class OneFileInDiffusersTest {
  @TempDir private Path folder;

  @Test
  void hasTheTensorsOfTheFolder() throws Exception {
    ReferencePython.required();
    List<Object> models = new ArrayList<>();
    for (String name : List.of("sd15", "sd2", "sdxl")) {
      String model = "src/test/resources/golden/" + name + "/model";
      models.addAll(List.of(write(model, name), model));
    }
    String said = ReferencePython.run("read_one_file.py", models.toArray());
    assertThat(said.lines().filter(line -> line.endsWith(": the same"))).hasSize(10);
  }

  private Path write(String model, String name) throws IOException {
    Path file = folder.resolve(name + ".safetensors");
    ModelFolder base = ModelFolder.open(model, new Configuration(false), Optional.empty());
    try (OneFileCopy copy = OneFileCopy.of(new ModelCopy(base, Map.of(), Map.of(), Map.of()));
        OutputStream out = Files.newOutputStream(file)) {
      copy.writeTo(out);
    }
    return file;
  }
}
