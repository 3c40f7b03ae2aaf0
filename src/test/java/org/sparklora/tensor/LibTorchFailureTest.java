package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LibTorchFailureTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /tmp/c/libc10.so: failed to map segment from shared object | noexec
          /tmp/c/libc10.so: /lib/libc.so.6: version `GLIBC_2.28' not found | newer system
          /tmp/c/libtorch_cpu.so: file too short | delete /tmp/c
          /tmp/c/libtorch_cpu.so: invalid ELF header | delete /tmp/c
          libgomp.so.1: cannot open shared object file: No such file or directory | install it
          """)
  void namesTheCureForWhatTheLoaderSays(String words, String cure) {
    Throwable failure =
        new IllegalStateException("Failed to load", new UnsatisfiedLinkError(words));
    assertThat(LibTorchFailure.text(failure, "/tmp/c"))
        .startsWith("Cannot load libtorch: " + words)
        .contains(cure);
  }

  @ParameterizedTest
  @CsvSource({
    "No space left on device, DJL_CACHE_DIR",
    "Read-only file system, DJL_CACHE_DIR",
    "Offline mode is enabled., nothing is downloaded"
  })
  void namesTheCureForWhatTheDiskSays(String words, String cure) {
    Throwable failure =
        new IllegalStateException("Failed to extract", new java.io.IOException(words));
    assertThat(LibTorchFailure.text(failure, "/tmp/c")).contains(words, cure);
  }
}
