package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.sparklora.util.SteadyClock;

class DeviceMemoryTest {
  @Test
  void theDriverIsAskedAtMostEveryTenSeconds() {
    AtomicLong now = new AtomicLong();
    AtomicLong bytes = new AtomicLong(7);
    DeviceMemory memory = new DeviceMemory(bytes::getAndIncrement, clock(now));
    assertThat(memory.usedBytes()).isEqualTo(7);
    now.set(9_999_999_999L);
    assertThat(memory.usedBytes()).isEqualTo(7);
    now.set(10_000_000_000L);
    assertThat(memory.usedBytes()).isEqualTo(8);
  }

  @Test
  void aCpuHasNone() {
    assertThat(DeviceMemory.of(Device.cpu()).usedBytes()).isZero();
  }

  private static SteadyClock clock(AtomicLong now) {
    return new SteadyClock() {
      @Override
      public long nanos() {
        return now.get();
      }

      @Override
      public void sleep(long millis) {
        throw new UnsupportedOperationException("a sleep");
      }
    };
  }
}
