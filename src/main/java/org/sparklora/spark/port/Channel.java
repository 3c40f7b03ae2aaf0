package org.sparklora.spark.port;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.client.TransportClientBootstrap;
import org.apache.spark.network.client.TransportClientFactory;
import org.apache.spark.network.crypto.AuthClientBootstrap;
import org.apache.spark.network.crypto.AuthServerBootstrap;
import org.apache.spark.network.netty.SparkTransportConf;
import org.apache.spark.network.server.RpcHandler;
import org.apache.spark.network.server.TransportServer;
import org.apache.spark.network.server.TransportServerBootstrap;
import org.apache.spark.network.util.TransportConf;
import scala.Option;

/**
 * The reduction's own channel over Spark's transport. It uses the cluster's authentication and
 * encryption if they are on: {@code spark.authenticate}, {@code spark.network.crypto.enabled},
 * {@code spark.ssl.rpc.enabled}. Spark's settings of a transport module apply under {@code
 * spark.sparklora.io}.
 */
public final class Channel {
  private static final String MODULE = "sparklora";
  private static final int MOST_IO_THREADS = 8;
  private static final long MOST_CONNECT_SECONDS = 60;

  private final TransportConf transport;
  private final SecurityManager security;
  private final String appId;

  /**
   * @param patience seconds that a call may wait for its answer before the connection is given up
   */
  public Channel(SparkEnv env, long patience) {
    this(env.conf(), env.securityManager(), env.executorId(), patience);
  }

  public Channel(SparkConf settings, SecurityManager security, String executorId, long patience) {
    SparkConf conf = settings.clone();
    // Workers wait in a call for the slowest of them, so an idle channel is not a broken one.
    conf.set("spark." + MODULE + ".io.connectionTimeout", patience + "s");
    // The time limit for a connection is much shorter than that for an answer, because a firewall
    // may drop packets silently.
    conf.setIfMissing(
        "spark." + MODULE + ".io.connectionCreationTimeout",
        Math.min(MOST_CONNECT_SECONDS, patience) + "s");
    // A worker whose machine is gone closes no connection. TCP's keep-alive finds that out.
    conf.setIfMissing("spark." + MODULE + ".io.enableTcpKeepAlive", "true");
    this.security = security;
    this.appId = conf.getAppId();
    this.transport =
        SparkTransportConf.fromSparkConf(
            conf,
            MODULE,
            Math.min(MOST_IO_THREADS, Runtime.getRuntime().availableProcessors()),
            Option.apply(executorId),
            Option.apply(security.getRpcSSLOptions()));
  }

  public TransportContext context(RpcHandler handler) {
    return new TransportContext(transport, handler, false);
  }

  /**
   * Listens at a free port.
   *
   * @param room for the frames of recognized connections
   * @param strangers takes all other connections
   */
  public TransportServer serve(
      TransportContext context, String host, FrameRoom room, Strangers strangers) {
    List<TransportServerBootstrap> bootstraps = new ArrayList<>();
    bootstraps.add(
        (channel, handler) -> {
          strangers.admit(channel);
          channel.pipeline().addLast(new FrameLimit(room));
          return handler;
        });
    if (security.isAuthenticationEnabled()) {
      bootstraps.add(new AuthServerBootstrap(transport, security));
    }
    return context.createServer(host, 0, bootstraps);
  }

  public TransportClientFactory connect(TransportContext context) {
    List<TransportClientBootstrap> bootstraps =
        security.isAuthenticationEnabled()
            ? List.of(new AuthClientBootstrap(transport, appId, security))
            : List.of();
    return context.createClientFactory(bootstraps);
  }
}
