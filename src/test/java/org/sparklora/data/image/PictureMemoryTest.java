package org.sparklora.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class PictureMemoryTest {
  private static final int MIB = 1 << 20;

  @Test
  void refusesWhatCanNeverBeHeldAndSaysHowMuchThereIs() {
    PictureMemory memory = new PictureMemory(4 * MIB);
    assertThatThrownBy(() -> memory.with(5 * MIB, "PNG of 9 x 9", () -> "made"))
        .isInstanceOf(UndecodableImageException.class)
        .hasMessage(
            "Cannot decode image: PNG of 9 x 9 needs 5.0 MiB of Java heap, pictures may take 4.0"
                + " MiB here; give the process more memory, or make the picture smaller");
  }

  @Test
  void picturesThatDoNotFitTogetherAreMadeOneAfterTheOther() throws Exception {
    PictureMemory memory = new PictureMemory(4 * MIB);
    AtomicInteger atOnce = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch start = new CountDownLatch(1);
    ExecutorService tasks = Executors.newFixedThreadPool(4);
    try {
      Future<?>[] done = new Future<?>[4];
      for (int i = 0; i < done.length; i++) {
        done[i] =
            tasks.submit(
                () -> {
                  start.await();
                  return memory.with(
                      3 * MIB,
                      "a picture",
                      () -> {
                        most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                        Thread.onSpinWait();
                        return atOnce.decrementAndGet();
                      });
                });
      }
      start.countDown();
      for (Future<?> task : done) {
        task.get();
      }
    } finally {
      tasks.shutdownNow();
    }
    assertThat(most).hasValue(1);
  }

  @Test
  void whatFindsNoMemoryIsMadeOnceMoreAlone() throws Exception {
    PictureMemory memory = new PictureMemory(4 * MIB);
    AtomicInteger runs = new AtomicInteger();
    String made =
        memory.with(
            MIB,
            "a picture",
            () -> {
              if (runs.incrementAndGet() == 1) {
                throw new OutOfMemoryError("Java heap space");
              }
              return "made";
            });
    assertThat(made).isEqualTo("made");
    assertThat(runs).hasValue(2);
  }

  @Test
  void aPictureThatFindsNoMemoryEvenAloneIsABadPicture() throws Exception {
    PictureMemory memory = new PictureMemory(4 * MIB);
    assertThatThrownBy(
            () ->
                memory.with(
                    MIB,
                    "GIF of 8 x 8",
                    () -> {
                      throw new OutOfMemoryError("Java heap space");
                    }))
        .isInstanceOf(UndecodableImageException.class)
        .hasMessageStartingWith("Cannot decode image: the Java heap has no room for GIF of 8 x 8");
    // All of it was given back.
    assertThat(memory.with(4 * MIB, "the next", () -> "made")).isEqualTo("made");
  }

  @Test
  void aLargePictureIsRefusedBeforeItIsDecodedWhereTheMemoryIsSmall() {
    ImageDecoder decoder =
        new ImageDecoder(ImageDecoder.DEFAULT_MAX_PIXELS, new PictureMemory(MIB));
    byte[] wide = ImageFixtures.bytes("wide.png");
    byte[] large = wide.clone();
    ByteBuffer.wrap(large).putInt(16, 5000).putInt(20, 5000);
    CRC32 sum = new CRC32();
    sum.update(large, 12, 17);
    ByteBuffer.wrap(large).putInt(29, (int) sum.getValue());
    assertThatThrownBy(() -> decoder.decode(large))
        .isInstanceOf(UndecodableImageException.class)
        .hasMessageStartingWith(
            "Cannot decode image: PNG of 5000 x 5000 needs 71.5 MiB of Java heap");
  }

  @Test
  void whatIsMadeOfAPictureCountsToo() throws Exception {
    ImageDecoder decoder =
        new ImageDecoder(ImageDecoder.DEFAULT_MAX_PIXELS, new PictureMemory(MIB));
    byte[] wide = ImageFixtures.bytes("wide.png");
    TrainingTransform small = square(16);
    assertThat(decoder.decode(wide, small.of(0)).pixels().width()).isEqualTo(16);
    assertThatThrownBy(() -> decoder.decode(wide, square(2048).of(0)))
        .isInstanceOf(UndecodableImageException.class)
        .hasMessageContaining("PNG of 53 x 31 needs ");
  }

  private static TrainingTransform square(int resolution) {
    return new TrainingTransform(
        resolution, AspectRatioBuckets.NONE, true, ImageInterpolation.BILINEAR, 0);
  }
}
