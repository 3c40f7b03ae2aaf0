package org.sparklora.model.file;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sparklora.model.Damage;
import org.sparklora.model.Resources;
import org.sparklora.util.InvalidInputException;

/** Damaged files must be refused as invalid input, or be read within bounds; nothing else. */
@Tag("long")
class TensorReaderFuzzTest {
  private static final int MUTATIONS = 10_000;

  /** The first ones load classes, which takes memory too. */
  private static final int WARM_UP = 500;

  private static final long MAX_ALLOCATED = 4 << 20;

  @Test
  void survivesDamagedSafetensors() throws IOException {
    byte[] file = Files.readAllBytes(Resources.file("/model/every_type.safetensors"));
    int refused = fuzz(file, SafetensorsFile::read, 0, file.length);
    assertThat(refused).isGreaterThan(MUTATIONS / 2);
  }

  @Test
  void survivesDamagedTorchFiles() throws IOException {
    byte[] file = Files.readAllBytes(Resources.file("/model/every_type.bin"));
    fuzz(file, TorchFile::read, 0, file.length);
  }

  @Test
  void survivesDamagedPickles() throws IOException {
    byte[] file = Files.readAllBytes(Resources.file("/model/every_type.bin"));
    int refused = fuzz(file, TorchFile::read, 80, 1900);
    assertThat(refused).isGreaterThan(MUTATIONS / 2);
  }

  /** Damages bytes from {@code begin} to {@code end}; returns how many files were refused. */
  private static int fuzz(
      byte[] file, BiFunction<TensorFileMapping, String, TensorFile> read, int begin, int end) {
    ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    SplittableRandom random = new SplittableRandom(20260101);
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      ByteBuffer bytes = ByteBuffer.wrap(Damage.of(file, begin, end, random));
      TensorFileMapping mapping = TensorFileMapping.of(bytes, "damaged");
      long before = memory.getCurrentThreadAllocatedBytes();
      try (TensorFile tensors = read.apply(mapping, "damaged")) {
        long difference = 0;
        for (TensorInfo info : tensors.tensors().values()) {
          difference += tensors.data(info.name()).remaining() - info.bytes();
        }
        assertThat(difference).isZero();
      } catch (InvalidInputException e) {
        refused++;
        assertThat(e.kind()).isEqualTo(InvalidInputException.Kind.DATA);
      }
      long allocated = memory.getCurrentThreadAllocatedBytes() - before;
      if (i >= WARM_UP) {
        assertThat(allocated).as("bytes allocated for mutation %d", i).isLessThan(MAX_ALLOCATED);
      }
    }
    return refused;
  }
}
