package org.sparklora.model.folder;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LocationsTest {
  @Test
  void aNameOfTwoPartsIsARepositoryAndOneThatGoesOnIsAFileInIt() {
    assertThat(Locations.input("lab/emoji")).isEqualTo("hf://lab/emoji");
    assertThat(Locations.input("lab/emoji/model.safetensors"))
        .isEqualTo("hf://lab/emoji/model.safetensors");
    assertThat(Locations.input("lab/emoji/old/v1.ckpt")).isEqualTo("hf://lab/emoji/old/v1.ckpt");
    assertThat(Locations.name("lab/emoji/model.safetensors")).isEqualTo("lab/emoji");
    assertThat(Locations.asWritten("lab/emoji/model.safetensors")).startsWith("hf://");
  }

  /** src is a folder here, and no other text has the form of a repository's file. */
  @Test
  void whatMayBeAPathOfThisMachineIsOne() {
    for (String path :
        new String[] {
          "src/none/model.safetensors",
          "model.safetensors",
          "lab/model.safetensors",
          "lab/emoji/picture.png",
          "./lab/emoji/model.safetensors",
          "../lab/emoji/model.safetensors",
          "/lab/emoji/model.safetensors"
        }) {
      assertThat(Locations.input(path))
          .as(path)
          .isEqualTo("file://" + Path.of(path).toAbsolutePath().normalize());
      assertThat(Locations.name(path)).isEqualTo(path);
    }
  }
}
