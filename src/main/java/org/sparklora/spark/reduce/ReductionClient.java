package org.sparklora.spark.reduce;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.SparkEnv;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.client.TransportClientFactory;
import org.apache.spark.network.server.NoOpRpcHandler;
import org.sparklora.spark.message.DriverMessage;
import org.sparklora.spark.message.ReductionAddress;
import org.sparklora.spark.message.WorkerCost;
import org.sparklora.spark.message.WorkerMessage;
import org.sparklora.spark.port.Channel;
import org.sparklora.spark.tree.Site;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;

/** A worker's connection to the driver. */
final class ReductionClient implements AutoCloseable {
  private final ReductionAddress address;
  private final WorkerMessage.Sender sender;
  private final TransportContext context;
  private final TransportClientFactory factory;
  private final TransportClient client;

  private ByteBuffer space = ByteBuffer.allocate(0);

  ReductionClient(SparkEnv env, ReductionAddress address, int partition, int attempt, String host) {
    this(
        new Channel(env, address.patience()),
        address,
        partition,
        attempt,
        "host " + host + ", executor " + env.executorId());
  }

  ReductionClient(
      Channel channel, ReductionAddress address, int partition, int attempt, String place) {
    this.address = address;
    this.sender =
        new WorkerMessage.Sender(address.run(), address.segment(), partition, attempt, place);
    this.context = channel.context(new NoOpRpcHandler());
    this.factory = channel.connect(context);
    try {
      this.client = factory.createClient(address.host(), address.port());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot reach the driver at " + place(), e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Tells the driver that a worker has started, before its model is loaded. */
  void arrive(String hardware, Site site) {
    client.send(new WorkerMessage.Arrive(sender, hardware, site).encode());
  }

  /** Tells the driver that an executor could not be reached over the tree of a round. */
  void unreachable(int round, String executor) {
    client.send(new WorkerMessage.Unreachable(sender, round, executor).encode());
  }

  DriverMessage join() {
    return ask(new WorkerMessage.Join(sender));
  }

  /** Asks for the adapter of the current step. */
  DriverMessage fetch() {
    return ask(new WorkerMessage.Fetch(sender));
  }

  /**
   * Tells the driver that a step's sums are on their way over a tree, and waits for all other
   * workers.
   */
  DriverMessage ready(int round, long step, WorkerCost cost) {
    return ask(new WorkerMessage.Ready(sender, round, step, cost));
  }

  /** Sends some sums of a step that the worker still computes. There is no answer. */
  void part(long step, Map<GradientTree.Node, MicroBatchGradient> sums, GradientType type) {
    client.send(new WorkerMessage.Part(sender, step, type, sums).encode());
  }

  /** Sends the other sums of a step and waits for all the other workers. */
  DriverMessage push(WorkerSteps.Sums own, GradientType type) {
    return ask(new WorkerMessage.Push(sender, own.step(), own.cost(), type, own.sums()));
  }

  private DriverMessage ask(WorkerMessage message) {
    CompletableFuture<DriverMessage> answer = new CompletableFuture<>();
    // The buffer can be reused, because there is one call at a time and its frame has been read
    // when the answer comes.
    space = message.encode(space);
    client.sendRpc(
        space.duplicate(),
        new RpcResponseCallback() {
          @Override
          public void onSuccess(ByteBuffer response) {
            // The transport uses the buffer again when this returns.
            try {
              answer.complete(DriverMessage.decode(response));
            } catch (RuntimeException | OutOfMemoryError e) {
              // The transport would close the connection without waking the caller that waits here.
              answer.completeExceptionally(e);
            }
          }

          @Override
          public void onFailure(Throwable e) {
            answer.completeExceptionally(e);
          }
        });
    try {
      return answer.get(address.patience(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(
          "Cannot exchange gradients with the driver at " + place(), e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "Cannot exchange gradients: no answer of the driver at "
              + place()
              + " in "
              + address.patience()
              + " s",
          e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private String place() {
    return address.host() + ":" + address.port();
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("Worker interrupted", e);
  }

  @Override
  public void close() {
    client.close();
    factory.close();
    context.close();
  }
}
