package org.sparklora.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.model.folder.ModelConfig;

class BaseModelIdentityTest {
  @TempDir private Path folder;

  @Test
  void isOfTheContentNotOfThePlace() throws IOException {
    byte[] weights = new byte[3 << 20];
    String one = identity("one", weights, "{}");
    assertThat(one).hasSize(16).isEqualTo(identity("two", weights, "{}"));
    assertThat(identity("config", weights, "{ }")).isNotEqualTo(one);
    assertThat(identity("longer", new byte[(3 << 20) + 1], "{}")).isNotEqualTo(one);
    for (int at : new int[] {0, 1 << 20, (3 << 20) - 1}) {
      byte[] trained = weights.clone();
      for (int i = at; i < Math.min(trained.length, at + (1 << 18)); i++) {
        trained[i] = 1;
      }
      assertThat(identity("trained-" + at, trained, "{}")).isNotEqualTo(one);
    }
  }

  private String identity(String name, byte[] weights, String config) throws IOException {
    Path model = folder.resolve(name);
    Files.createDirectories(model.resolve("unet"));
    Files.write(model.resolve("unet/diffusion_pytorch_model.safetensors"), weights);
    Files.writeString(model.resolve("unet/config.json"), config);
    return BaseModelIdentity.of(
        new ModelConfig(name, model.toUri().toString(), ""), new Configuration());
  }
}
