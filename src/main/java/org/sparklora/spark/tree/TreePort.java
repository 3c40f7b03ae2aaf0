package org.sparklora.spark.tree;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.SparkEnv;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.server.OneForOneStreamManager;
import org.apache.spark.network.server.RpcHandler;
import org.apache.spark.network.server.StreamManager;
import org.apache.spark.network.server.TransportServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.spark.port.Channel;
import org.sparklora.spark.port.FrameRoom;
import org.sparklora.spark.port.Strangers;

/**
 * The port at which this process receives sums of other processes, for as long as a run lasts. All
 * workers of the process share it.
 */
public final class TreePort implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TreePort.class);

  /**
   * The number of connections to expect: usually two stations send to one here, and each may have
   * an older connection.
   */
  private static final int SENDERS = 4;

  private static Optional<TreePort> open = Optional.empty();

  /**
   * The run whose sums it takes.
   *
   * @param number the run's random number
   * @param driverHost where the topmost stations send to
   * @param patience seconds that an answer may take
   */
  public record Run(long number, String driverHost, int driverPort, long patience) {}

  private record Held(TreeMessage.InRound message, Consumer<ByteBuffer> answer) {}

  private final Run run;
  private final Site site;
  private final Strangers strangers = Strangers.ofThisProcess();
  private final TransportContext context;
  private final Optional<TransportServer> server;
  private final Links links;
  private Optional<Junction> current = Optional.empty();

  /** Messages of a round that this process has not entered yet. */
  private List<Held> held = new ArrayList<>();

  TreePort(Channel channel, Run run, String host, String executor, long mostBytes) {
    this.run = run;
    this.context = channel.context(new Handler());
    FrameRoom room = new FrameRoom();
    room.makeFor(SENDERS, mostBytes);
    strangers.expect(SENDERS);
    this.server = serve(channel, host, room);
    this.site = new Site(host, executor, server.map(TransportServer::getPort).orElse(0));
    this.links = new Links(channel, run.number(), run.driverHost(), run.driverPort());
  }

  private Optional<TransportServer> serve(Channel channel, String host, FrameRoom room) {
    try {
      return Optional.of(channel.serve(context, host, room, strangers));
    } catch (RuntimeException e) {
      LOG.warn("Cannot listen on {}, so that this executor sums for no other", host, e);
      return Optional.empty();
    }
  }

  /** The port of this process. That of an earlier run is closed. */
  public static synchronized TreePort of(SparkEnv env, Run run, int microBatches, Pieces pieces) {
    if (open.isPresent() && open.get().run.number() == run.number()) {
      return open.get();
    }
    open.ifPresent(TreePort::close);
    TreePort port =
        new TreePort(
            new Channel(env, run.patience()),
            run,
            env.blockManager().blockManagerId().host(),
            env.executorId(),
            TreeMessage.mostBytes(microBatches, pieces));
    open = Optional.of(port);
    return port;
  }

  public Site site() {
    return site;
  }

  /** Enters a round and returns this process's part of its tree. Earlier rounds are over then. */
  public Junction enter(Round round, SumTree tree) {
    Junction junction = take(round, tree);
    junction.connect(links);
    List<Held> waited = new ArrayList<>();
    synchronized (this) {
      waited.addAll(held);
      held.clear();
    }
    waited.forEach(each -> receive(each.message(), each.answer()));
    return junction;
  }

  private Junction take(Round round, SumTree tree) {
    Junction junction = new Junction(run.number(), round, tree, site);
    Optional<Junction> before;
    synchronized (this) {
      before = current;
      int order = before.map(known -> known.round().compareTo(round)).orElse(-1);
      if (order == 0) {
        return before.get();
      }
      if (order > 0) {
        // The worker is an attempt that has been replaced. The driver's answer will say so.
        junction.breakUp(Optional.empty());
        return junction;
      }
      current = Optional.of(junction);
    }
    before.ifPresent(old -> old.breakUp(Optional.empty()));
    return junction;
  }

  private void receive(TreeMessage.InRound message, Consumer<ByteBuffer> answer) {
    Optional<Junction> now;
    synchronized (this) {
      now = current;
      int order = now.map(known -> known.round().compareTo(message.round())).orElse(-1);
      if (order < 0) {
        held.add(new Held(message, answer));
        return;
      }
      if (order > 0) {
        now = Optional.empty();
      }
    }
    now.ifPresentOrElse(
        junction -> junction.receive(message, answer), () -> answer.accept(TreeAnswer.broken()));
  }

  @Override
  public void close() {
    current.ifPresent(junction -> junction.breakUp(Optional.empty()));
    server.ifPresent(TransportServer::close);
    links.close();
    context.close();
  }

  private final class Handler extends RpcHandler {
    private final OneForOneStreamManager streams = new OneForOneStreamManager();

    @Override
    public void receive(TransportClient client, ByteBuffer message, RpcResponseCallback callback) {
      try {
        handle(client, message, callback::onSuccess);
      } catch (RuntimeException e) {
        callback.onFailure(e);
      }
    }

    @Override
    public void receive(TransportClient client, ByteBuffer message) {
      handle(client, message, answer -> {});
    }

    private void handle(TransportClient client, ByteBuffer bytes, Consumer<ByteBuffer> answer) {
      TreeMessage message = TreeMessage.decode(bytes);
      if (message.run() != run.number()) {
        throw new IllegalArgumentException("Invalid frame: it is of another run");
      }
      strangers.recognize(client.getChannel());
      if (message instanceof TreeMessage.InRound sent) {
        TreePort.this.receive(sent, answer);
      }
    }

    @Override
    public StreamManager getStreamManager() {
      return streams;
    }
  }
}
