package org.sparklora.spark.port;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class StrangersTest {
  private final Strangers strangers = new Strangers(2, Duration.ofSeconds(30));

  @Test
  void aStrangersFramesArePassedOnWholeHoweverTheyAreCut() {
    EmbeddedChannel channel = admitted();
    ByteBuf frames = Unpooled.buffer();
    int[] lengths = {9, 4096, 50};
    for (int length : lengths) {
      frames.writeLong(length).writeZero(length - 8);
    }
    while (frames.isReadable()) {
      channel.writeInbound(frames.readRetainedSlice(1));
    }
    for (int length : lengths) {
      ByteBuf frame = channel.readInbound();
      assertThat(frame.readableBytes()).isEqualTo(length);
      frame.release();
    }
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void aLongerFrameOfAStrangerIsRefusedOnItsFirstEightBytes() {
    for (long length : new long[] {4097, 3 << 20, Long.MAX_VALUE, 8, -1, Long.MIN_VALUE}) {
      EmbeddedChannel channel = admitted();
      ByteBuf bytes = Unpooled.buffer().writeLong(length).writeZero(100);
      channel.writeInbound(bytes);
      assertThat(channel.isOpen()).as("%d bytes", length).isFalse();
      assertThat(channel.inboundMessages()).isEmpty();
      assertThat(bytes.refCnt()).isZero();
    }
    assertThat(strangers.closed()).isEqualTo(6);
  }

  @Test
  void whoIsRecognizedMaySendMore() {
    EmbeddedChannel channel = admitted();
    channel.writeInbound(Unpooled.buffer().writeLong(3));
    assertThat(channel.isOpen()).isFalse();
    EmbeddedChannel worker = admitted();
    strangers.recognize(worker);
    worker.writeInbound(Unpooled.buffer().writeLong(1 << 20));
    ByteBuf passed = worker.readInbound();
    assertThat(passed.readableBytes()).isEqualTo(8);
    passed.release();
    assertThat(strangers.present()).isZero();
  }

  /** The port's thread may be late on a busy machine. */
  @Test
  void whoIsRecognizedBeforeThePortHasCountedItStaysRecognized() {
    EmbeddedChannel worker = admitted();
    strangers.recognize(worker);
    strangers.enter(worker);
    strangers.recognize(worker);
    worker.advanceTimeBy(31, TimeUnit.SECONDS);
    worker.runScheduledPendingTasks();
    assertThat(worker.isOpen()).isTrue();
    assertThat(strangers.present()).isZero();
    assertThat(strangers.closed()).isZero();
  }

  @Test
  void aNewcomerTakesThePlaceOfTheOldest() {
    EmbeddedChannel first = admitted();
    EmbeddedChannel second = admitted();
    EmbeddedChannel third = admitted();
    first.runPendingTasks();
    assertThat(first.isOpen()).isFalse();
    assertThat(second.isOpen()).isTrue();
    assertThat(third.isOpen()).isTrue();
    assertThat(strangers.present()).isEqualTo(2);
    assertThat(strangers.closed()).isEqualTo(1);
  }

  @Test
  void workersThatAreExpectedHavePlacesOfTheirOwn() {
    strangers.expect(1);
    EmbeddedChannel first = admitted();
    for (int i = 0; i < 3; i++) {
      admitted();
    }
    assertThat(first.isOpen()).isTrue();
    assertThat(strangers.present()).isEqualTo(4);
  }

  @Test
  void whoIsSilentIsClosedAfterAWhileAndAWorkerIsNot() {
    EmbeddedChannel silent = admitted();
    EmbeddedChannel worker = admitted();
    strangers.recognize(worker);
    for (EmbeddedChannel channel : new EmbeddedChannel[] {silent, worker}) {
      channel.advanceTimeBy(29, TimeUnit.SECONDS);
      channel.runScheduledPendingTasks();
      assertThat(channel.isOpen()).isTrue();
      channel.advanceTimeBy(2, TimeUnit.SECONDS);
      channel.runScheduledPendingTasks();
    }
    assertThat(silent.isOpen()).isFalse();
    assertThat(worker.isOpen()).isTrue();
    assertThat(strangers.closed()).isEqualTo(1);
    assertThat(strangers.present()).isZero();
  }

  private EmbeddedChannel admitted() {
    EmbeddedChannel channel = new EmbeddedChannel();
    strangers.admit(channel);
    return channel;
  }

  /** Two threads that took the same one for the oldest would leave one more each time. */
  @Test
  void strangersThatComeOnManyThreadsStayWithinTheirNumber() throws Exception {
    int threads = 4;
    CyclicBarrier together = new CyclicBarrier(threads);
    List<CompletableFuture<Void>> coming = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) {
      coming.add(
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < 500; i++) {
                  EmbeddedChannel channel = new EmbeddedChannel();
                  await(together);
                  strangers.enter(channel);
                }
              },
              task -> new Thread(task).start()));
    }
    for (CompletableFuture<Void> one : coming) {
      one.get(60, TimeUnit.SECONDS);
    }
    assertThat(strangers.present()).isEqualTo(2);
    assertThat(strangers.closed()).isEqualTo(threads * 500 - 2);
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }
}
