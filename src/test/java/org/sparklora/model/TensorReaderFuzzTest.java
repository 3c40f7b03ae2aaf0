package org.sparklora.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.sparklora.InvalidInputException;

/** Damaged files must be refused as invalid input, or be read within bounds; nothing else. */
class TensorReaderFuzzTest {
  private static final int MUTATIONS = 10_000;

  /** The first ones load classes, which takes memory too. */
  private static final int WARM_UP = 500;

  private static final long MAX_ALLOCATED = 4 << 20;
  private static final byte[][] EXTREMES = {
    {0, 0, 0, 0},
    {-1, -1, -1, -1},
    {-1, -1, -1, 127},
    {-1, -1, -1, -1, -1, -1, -1, 127},
    {0, 0, 0, 0, 1, 0, 0, 0},
    "9223372036854775807".getBytes(StandardCharsets.US_ASCII),
    "[[[[[[[[".getBytes(StandardCharsets.US_ASCII),
    "(((()))R".getBytes(StandardCharsets.US_ASCII),
  };

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
      ByteBuffer bytes = ByteBuffer.wrap(damaged(file, begin, end, random));
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

  private static byte[] damaged(byte[] file, int begin, int end, SplittableRandom random) {
    byte[] bytes = file.clone();
    int times = random.nextInt(1, 5);
    for (int i = 0; i < times; i++) {
      int at = random.nextInt(begin, end);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes[at] += (byte) random.nextInt(-2, 3);
        case 3 -> {
          byte[] extreme = EXTREMES[random.nextInt(EXTREMES.length)];
          int count = Math.min(extreme.length, bytes.length - at);
          System.arraycopy(extreme, 0, bytes, at, count);
        }
        case 4 -> {
          int from = random.nextInt(begin, end);
          int count = Math.min(random.nextInt(1, 40), Math.min(end - at, end - from));
          System.arraycopy(file, from, bytes, at, count);
        }
        default -> {
          // Rarely, or most files would be refused for their length alone.
          if (random.nextInt(10) == 0) {
            return Arrays.copyOf(bytes, at);
          }
        }
      }
    }
    return bytes;
  }
}
