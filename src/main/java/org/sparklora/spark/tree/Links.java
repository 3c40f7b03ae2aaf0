package org.sparklora.spark.tree;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.client.TransportClientFactory;
import org.apache.spark.network.server.NoOpRpcHandler;
import org.sparklora.spark.port.Channel;

/** The connections of this process to others and to the driver, which are kept. */
final class Links implements AutoCloseable {
  private final long run;
  private final String driverHost;
  private final int driverPort;
  private final TransportContext context;
  private final TransportClientFactory factory;

  Links(Channel channel, long run, String driverHost, int driverPort) {
    this.run = run;
    this.driverHost = driverHost;
    this.driverPort = driverPort;
    this.context = channel.context(new NoOpRpcHandler());
    this.factory = channel.connect(context);
  }

  /**
   * A connection to another process.
   *
   * @param site empty for the driver
   * @throws UncheckedIOException when it cannot be reached
   */
  Uplink to(Optional<Site> site) {
    try {
      TransportClient client =
          factory.createClient(
              site.map(Site::host).orElse(driverHost), site.map(Site::port).orElse(driverPort));
      client.send(new TreeMessage.Hello(run).encode());
      return new Uplink(client);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot connect: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Worker interrupted", e);
    }
  }

  @Override
  public void close() {
    factory.close();
    context.close();
  }
}
