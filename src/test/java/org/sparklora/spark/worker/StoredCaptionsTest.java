package org.sparklora.spark.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.train.CaptionStates;

class StoredCaptionsTest {
  private static final CaptionStates.Encoded CAPTION =
      new CaptionStates.Encoded(
          2, new float[] {1, -2.5f, Float.MIN_VALUE, 4, 5, 6}, Optional.of(new float[] {7, 8}));

  @Test
  void aCaptionIsReadAsItWasWritten(@TempDir Path folder) throws IOException {
    StoredCaptions stored = new StoredCaptions(folder.toString(), new Configuration(false));
    stored.write(new int[] {3, 1}, CAPTION);
    CaptionStates.Encoded read = stored.find(new int[] {3, 1}).orElseThrow();
    assertThat(read.words()).isEqualTo(2);
    assertThat(read.width()).isEqualTo(3);
    assertThat(read.states()).containsExactly(CAPTION.states());
    assertThat(read.pooled().orElseThrow()).containsExactly(7, 8);
    assertThat(stored.find(new int[] {1, 3})).isEmpty();
  }

  @Test
  void whatIsDamagedIsNotKnown() {
    byte[] whole = StoredCaptions.encode(CAPTION);
    assertThat(StoredCaptions.decode(whole)).isPresent();
    for (int length = 0; length < whole.length; length++) {
      assertThat(StoredCaptions.decode(Arrays.copyOf(whole, length))).isEmpty();
    }
    for (int i = 0; i < whole.length; i++) {
      byte[] changed = whole.clone();
      changed[i] ^= 4;
      assertThat(StoredCaptions.decode(changed)).isEmpty();
    }
  }
}
