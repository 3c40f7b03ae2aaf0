package org.sparklora.spark;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Optional;
import org.apache.spark.SparkEnv;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.server.OneForOneStreamManager;
import org.apache.spark.network.server.RpcHandler;
import org.apache.spark.network.server.StreamManager;
import org.apache.spark.network.server.TransportServer;

/** Listens for workers on the driver, for as long as a run lasts. */
final class ReductionServer implements AutoCloseable {
  private record Serving(int number, Segment segment) {}

  private final long run = new SecureRandom().nextLong();
  private final String host;
  private final TransportContext context;
  private final TransportServer server;
  private volatile Optional<Serving> serving = Optional.empty();
  private int segments;

  /**
   * @param patience seconds a worker waits for an answer
   */
  ReductionServer(SparkEnv env, long patience) {
    this.host = env.conf().get("spark.driver.host");
    Channel channel = new Channel(env, patience);
    this.context = channel.context(new Handler());
    this.server = channel.serve(context, env.conf().get("spark.driver.bindAddress", host));
  }

  /** Makes a segment the one that workers talk to. */
  synchronized ReductionAddress serve(Segment segment, long patience) {
    segments++;
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

    @Override
    public void receive(TransportClient client, ByteBuffer message, RpcResponseCallback callback) {
      try {
        Serving now = serving.orElseThrow(() -> refused("no segment is running"));
        WorkerMessage decoded = WorkerMessage.decode(message, now.segment().parameters());
        WorkerMessage.Sender sender = decoded.sender();
        if (sender.run() != run) {
          throw refused("it is of another run");
        }
        if (sender.segment() != now.number()) {
          // A worker of a segment that has ended: it has nothing left to do.
          callback.onSuccess(new DriverMessage.Leave().encode());
          return;
        }
        now.segment().receive(decoded, callback::onSuccess);
      } catch (RuntimeException e) {
        callback.onFailure(e);
      }
    }

    @Override
    public StreamManager getStreamManager() {
      return streams;
    }
  }

  private static IllegalArgumentException refused(String why) {
    return new IllegalArgumentException("Invalid frame: " + why);
  }
}
