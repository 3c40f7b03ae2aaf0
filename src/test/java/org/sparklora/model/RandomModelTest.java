package org.sparklora.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.model.file.TensorType;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

@Tag("long")
class RandomModelTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/sd15/model");

  @TempDir private Path folder;

  private static ModelFolder open(Path path) {
    return ModelFolder.open(path.toUri().toString(), new Configuration(), Optional.empty());
  }

  @Test
  void makesAllWeightsThatTheConfigurationsAskFor() throws IOException {
    Path layout = folder.resolve("layout");
    for (String component : new String[] {"unet", "vae", "text_encoder"}) {
      Path config = layout.resolve(component).resolve("config.json");
      Files.createDirectories(config.getParent());
      Files.copy(GOLDEN.resolve(component).resolve("config.json"), config);
    }
    assertThat(RandomModel.isNeeded(open(layout))).isTrue();
    assertThat(RandomModel.isNeeded(open(GOLDEN))).isFalse();

    Path model = folder.resolve("model");
    RandomModel.write(layout, model, TensorType.BF16);

    assertThat(RandomModel.isNeeded(open(model))).isFalse();
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      NetworkLoader networks = new NetworkLoader(open(model), ops);
      assertThat(networks.unet(Precision.BF16).layers()).isNotEmpty();
      assertThat(networks.textEncoder(Precision.FP32)).isNotNull();
      assertThat(networks.vae(Precision.FP32)).isNotNull();
    }
  }
}
