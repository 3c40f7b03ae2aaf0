package org.sparklora.spark.reduce;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkEnv;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.server.OneForOneStreamManager;
import org.apache.spark.network.server.RpcHandler;
import org.apache.spark.network.server.StreamManager;
import org.apache.spark.network.server.TransportServer;
import org.sparklora.spark.message.DriverMessage;
import org.sparklora.spark.message.ReductionAddress;
import org.sparklora.spark.message.WorkerMessage;
import org.sparklora.spark.port.Channel;
import org.sparklora.spark.port.FrameRoom;
import org.sparklora.spark.port.Strangers;
import org.sparklora.spark.tree.TreeAnswer;
import org.sparklora.spark.tree.TreeMessage;

/** Listens for workers on the driver, for as long as a run lasts. */
final class ReductionServer implements AutoCloseable {
  private record Serving(int number, Segment segment) {}

  private final long run = new SecureRandom().nextLong();
  private final String host;
  private final FrameRoom room = new FrameRoom();
  private final Strangers strangers;
  private final TransportContext context;
  private final TransportServer server;
  private volatile Optional<Serving> serving = Optional.empty();
  private int segments;

  /**
   * @param patience seconds that a worker waits for an answer
   */
  ReductionServer(SparkEnv env, long patience) {
    this(
        new Channel(env, patience),
        env.conf().get("spark.driver.host"),
        env.conf().get("spark.driver.bindAddress", env.conf().get("spark.driver.host")),
        Strangers.ofThisProcess());
  }

  ReductionServer(Channel channel, String host, String bindAddress, Strangers strangers) {
    this.host = host;
    this.strangers = strangers;
    this.context = channel.context(new Handler());
    this.server = channel.serve(context, bindAddress, room, strangers);
  }

  /** The run's random number. */
  long run() {
    return run;
  }

  /**
   * Returns the number of connections that were closed because they did not show that they belong
   * to this run.
   */
  long strangersClosed() {
    return strangers.closed();
  }

  /** Makes a segment the one that receives the workers' messages. */
  synchronized ReductionAddress serve(Segment segment, long patience) {
    segments++;
    room.makeFor(segment.workers(), segment.mostFrameBytes());
    strangers.expect(segment.workers());
    serving = Optional.of(new Serving(segments, segment));
    return new ReductionAddress(host, server.getPort(), run, segments, patience);
  }

  @Override
  public void close() {
    server.close();
    context.close();
  }

  private final class Handler extends RpcHandler {
    private final OneForOneStreamManager streams = new OneForOneStreamManager();
    private final Map<io.netty.channel.Channel, WorkerMessage.Sender> senders =
        new ConcurrentHashMap<>();

    @Override
    public void receive(TransportClient client, ByteBuffer message, RpcResponseCallback callback) {
      try {
        handle(client, message, callback);
      } catch (RuntimeException e) {
        callback.onFailure(e);
      }
    }

    /** Receives a message that needs no answer. */
    @Override
    public void receive(TransportClient client, ByteBuffer message) {
      handle(client, message, new Unanswered());
    }

    private void handle(TransportClient client, ByteBuffer message, RpcResponseCallback callback) {
      Serving now = serving.orElseThrow(() -> refused("no segment is running"));
      if (TreeMessage.isOne(message)) {
        handle(now, client, TreeMessage.decode(message), callback);
        return;
      }
      WorkerMessage decoded = WorkerMessage.decode(message, now.segment().parameters());
      WorkerMessage.Sender sender = decoded.sender();
      if (sender.run() != run) {
        throw refused("it is of another run");
      }
      strangers.recognize(client.getChannel());
      if (sender.segment() != now.number()) {
        // The worker belongs to a segment that has ended, so it has nothing left to do.
        callback.onSuccess(new DriverMessage.Leave().encode());
        return;
      }
      senders.put(client.getChannel(), sender);
      now.segment().receive(decoded, callback::onSuccess);
    }

    private void handle(
        Serving now, TransportClient client, TreeMessage message, RpcResponseCallback callback) {
      if (message.run() != run) {
        throw refused("it is of another run");
      }
      strangers.recognize(client.getChannel());
      if (message instanceof TreeMessage.InRound sent) {
        if (sent.round().segment() == now.number()) {
          now.segment().receive(sent, callback::onSuccess);
        } else {
          callback.onSuccess(TreeAnswer.broken());
        }
      }
    }

    @Override
    public void channelInactive(TransportClient client) {
      Optional<WorkerMessage.Sender> sender =
          Optional.ofNullable(senders.remove(client.getChannel()));
      serving.ifPresent(
          now ->
              sender.filter(gone -> gone.segment() == now.number()).ifPresent(now.segment()::lose));
    }

    @Override
    public StreamManager getStreamManager() {
      return streams;
    }
  }

  private static final class Unanswered implements RpcResponseCallback {
    @Override
    public void onSuccess(ByteBuffer response) {}

    @Override
    public void onFailure(Throwable e) {}
  }

  private static IllegalArgumentException refused(String why) {
    return new IllegalArgumentException("Invalid frame: " + why);
  }
}
