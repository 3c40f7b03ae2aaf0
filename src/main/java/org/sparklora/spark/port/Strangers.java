package org.sparklora.spark.port;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.util.AttributeKey;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to a port that have not yet shown that they come from a worker of this run. Each
 * has a bounded time for that. Their number is bounded, too: a new connection replaces the oldest.
 * So idle connections of other programs use up neither the driver's memory nor the file descriptors
 * that the run needs.
 */
public final class Strangers {
  private static final Logger LOG = LoggerFactory.getLogger(Strangers.class);

  /**
   * While this many connections are being closed, no other is accepted, and new ones wait in the
   * system's queue.
   */
  private static final int MOST_CLOSING = 64;

  private static final AttributeKey<Boolean> ENTERED =
      AttributeKey.valueOf(Strangers.class, "entered");

  private final int most;
  private final Duration patience;
  private final Set<Channel> present = new LinkedHashSet<>();
  private final Set<Channel> closing = new HashSet<>();
  private Optional<Channel> port = Optional.empty();
  private int workers;
  private long closed;
  private long nextSaid = 1;

  /**
   * @param most how many there may be at once, besides the workers that are expected
   * @param patience how long a connection may stay a stranger's
   */
  public Strangers(int most, Duration patience) {
    this.most = most;
    this.patience = patience;
  }

  /**
   * Makes the limits of this process: an eighth of its file descriptors, but 32 to 256 connections,
   * and 30 s for each.
   */
  public static Strangers ofThisProcess() {
    long descriptors =
        ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
            ? unix.getMaxFileDescriptorCount()
            : Long.MAX_VALUE;
    int most = (int) Math.max(32, Math.min(256, descriptors / 8));
    return new Strangers(most, Duration.ofSeconds(30));
  }

  /** Expects workers: each is a stranger until it has arrived, and may have an earlier attempt. */
  public synchronized void expect(int workers) {
    this.workers = 2 * workers;
  }

  /**
   * Admits a connection that the port has accepted. Until it is recognized, only small frames are
   * read from it.
   */
  void admit(Channel channel) {
    enter(channel);
    channel.pipeline().addLast(new StrangerFrames(this));
    var timer =
        channel
            .eventLoop()
            .schedule(
                () ->
                    close(channel, "it said nothing of this run in " + patience.toSeconds() + " s"),
                patience.toMillis(),
                TimeUnit.MILLISECONDS);
    channel.closeFuture().addListener(end -> timer.cancel(false));
  }

  /**
   * Counts a connection as a stranger's, once. The port's thread and the connection's own both call
   * this, in either order: the port's may come when the connection has long been recognized.
   */
  void enter(Channel channel) {
    if (channel.attr(ENTERED).getAndSet(true) != null) {
      return;
    }
    Optional<Channel> oldest = Optional.empty();
    synchronized (this) {
      if (port.isEmpty() && channel.parent() != null) {
        port = Optional.of(watched(channel.parent()));
      }
      present.add(channel);
      if (present.size() > most + workers) {
        oldest = Optional.of(present.iterator().next());
        // Under the same lock: two threads must not both take this one for the oldest.
        oldest.ifPresent(old -> exclude(old, "more than " + most + " had not said who they are"));
      }
      acceptIfFew();
    }
    channel.closeFuture().addListener(end -> leave(channel));
    if (oldest.isPresent()) {
      var unused = oldest.get().close();
    }
  }

  /**
   * Takes a connection for one of this run's workers.
   *
   * <p>To be called on the connection's own thread.
   */
  public void recognize(Channel channel) {
    if (leave(channel)) {
      channel.pipeline().remove(StrangerFrames.class);
    }
  }

  private Channel watched(Channel listening) {
    // Connections are counted when they are accepted: their own threads may be busy.
    listening.pipeline().addFirst(new Accepted());
    // One at a time: by default sixteen are accepted before the first of them is counted.
    if (listening.config().getRecvByteBufAllocator()
        instanceof MaxMessagesRecvByteBufAllocator rounds) {
      rounds.maxMessagesPerRead(1);
    }
    return listening;
  }

  /** Closes a connection, if it is still a stranger's, and counts it. */
  void close(Channel channel, String why) {
    if (exclude(channel, why)) {
      var unused = channel.close();
    }
  }

  /**
   * Moves a stranger to those that are being closed; returns false if it is no stranger any more.
   */
  private synchronized boolean exclude(Channel channel, String why) {
    if (!present.remove(channel)) {
      return false;
    }
    closing.add(channel);
    closed++;
    if (closed >= nextSaid) {
      nextSaid = 10 * closed;
      LOG.warn("Closed a connection of {}: {} ({} so far)", channel.remoteAddress(), why, closed);
    }
    return true;
  }

  private synchronized boolean leave(Channel channel) {
    boolean wasStranger = present.remove(channel);
    closing.remove(channel);
    acceptIfFew();
    return wasStranger;
  }

  private void acceptIfFew() {
    boolean few = present.size() + closing.size() < most + workers + MOST_CLOSING;
    port.ifPresent(listening -> listening.config().setAutoRead(few));
  }

  /** Returns the number of strangers now. */
  public synchronized int present() {
    return present.size();
  }

  /** Returns the number of strangers that have been closed since the port was opened. */
  public synchronized long closed() {
    return closed;
  }

  /** Handles each connection before the port's own handler. */
  private final class Accepted extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
      context.fireChannelRead(accepted);
      if (accepted instanceof Channel channel) {
        enter(channel);
      }
    }
  }
}
