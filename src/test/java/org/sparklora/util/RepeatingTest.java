package org.sparklora.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RepeatingTest {
  @SuppressWarnings("try") // it is closed before its end is awaited
  @Test
  void goesOnWhateverIsThrown() throws InterruptedException {
    CountDownLatch times = new CountDownLatch(5);
    try (Repeating repeating =
        Repeating.every(
            1,
            "repeating-test",
            () -> {
              times.countDown();
              switch ((int) times.getCount()) {
                case 4 -> throw new IllegalStateException("a fault");
                case 3 -> throw new java.io.IOException("a disk");
                case 2 -> throw new OutOfMemoryError("of the moment");
                default -> throw new AssertionError();
              }
            })) {
      assertThat(times.await(10, TimeUnit.SECONDS)).isTrue();
      repeating.close();
      assertThat(repeating.awaitEnd(10)).isTrue();
    }
  }
}
