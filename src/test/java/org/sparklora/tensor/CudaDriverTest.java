package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class CudaDriverTest {
  @TempDir private Path folder;

  @Test
  void asksTheDriverForNameMemoryAndVersion() throws Exception {
    CudaDriver driver = CudaDriver.of(compiled().toString()).orElseThrow();
    assertThat(driver.count()).hasValue(2);
    assertThat(driver.name(1)).contains("Card of the test 1");
    assertThat(driver.version()).contains("12.8");
    assertThat(driver.memory(1)).contains(new CudaDriver.Bytes(5L << 30, 80L << 30));
    assertThat(driver.name(2)).isEmpty();
    assertThat(driver.memory(2)).isEmpty();
  }

  @Test
  void aMachineWithoutADriverHasNone() {
    assertThat(CudaDriver.of("libno-such-driver.so.1")).isEmpty();
  }

  /** A driver of two cards, with the functions and types of {@code cuda.h}. */
  private Path compiled() throws IOException, InterruptedException {
    Path source = folder.resolve("driver.c");
    Files.writeString(
        source,
        """
        #include <stddef.h>
        #include <stdio.h>
        int cuInit(unsigned flags) { return flags != 0; }
        int cuDriverGetVersion(int *version) { *version = 12080; return 0; }
        int cuDeviceGetCount(int *count) { *count = 2; return 0; }
        int cuDeviceGet(int *device, int number) { *device = 100 + number; return number > 1; }
        int cuDeviceGetName(char *name, int size, int device) {
          return snprintf(name, size, "Card of the test %d", device - 100) < 0;
        }
        int cuDevicePrimaryCtxRetain(void **context, int device) {
          *context = (void *)(size_t)device;
          return 0;
        }
        int cuDevicePrimaryCtxRelease_v2(int device) { return device < 100; }
        int cuCtxPushCurrent_v2(void *context) { return context != (void *)101; }
        int cuCtxPopCurrent_v2(void **context) { *context = 0; return 0; }
        int cuMemGetInfo_v2(size_t *left, size_t *all) {
          *left = (size_t)75 << 30;
          *all = (size_t)80 << 30;
          return 0;
        }
        """);
    Path library = folder.resolve("libdriver.so");
    int code;
    try {
      code =
          new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library.toString(), source.toString())
              .inheritIO()
              .start()
              .waitFor();
    } catch (IOException e) {
      assumeThat(e).as("a C compiler").isNull();
      throw e;
    }
    assertThat(code).isZero();
    return library;
  }
}
