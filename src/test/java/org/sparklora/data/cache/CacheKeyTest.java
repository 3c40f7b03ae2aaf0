package org.sparklora.data.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.DataConfig;
import org.sparklora.data.DatasetFolder;
import org.sparklora.data.PictureConfig;
import org.sparklora.data.image.BucketConfig;

/** Names of caches that were made before, and must be found again. */
class CacheKeyTest {
  @TempDir private Path folder;

  @Test
  void flagsThatAreNotGivenLeaveTheNamesOfCachesAsTheyWere() throws IOException {
    for (String name : new String[] {"a", "b", "c"}) {
      Files.writeString(folder.resolve(name + ".png"), "picture " + name);
      Files.writeString(folder.resolve(name + ".txt"), "caption " + name);
    }
    PictureConfig plain = PictureConfig.centred(64);
    assertThat(key(plain)).isEqualTo("24a1940531ee3461");
    assertThat(key(plain.with(true, true))).isEqualTo("cfcf0cbe229ad032");
    assertThat(key(plain.sized(64, false, new BucketConfig(true, 32, 128, 16, false))))
        .isEqualTo("dd255698ea1ade9e");
  }

  private String key(PictureConfig pictures) {
    DataConfig config = DataConfig.of(folder.toString(), pictures, 42);
    return CacheKey.of(new DatasetFolder(new Configuration()).open(config), config, "encoder");
  }
}
