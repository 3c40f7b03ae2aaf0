package org.sparklora.spark;

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
 * The reduction's own channel over Spark's transport, with the cluster's authentication and
 * encryption where they are on.
 */
final class Channel {
  private static final String MODULE = "sparklora";
  private static final int IO_THREADS = 2;

  private final TransportConf transport;
  private final SecurityManager security;
  private final String appId;

  /**
   * @param patience seconds a call may go unanswered before the connection is given up
   */
  Channel(SparkEnv env, long patience) {
    SparkConf conf = env.conf().clone();
    // Workers wait in a call for the slowest of them: idle is what the channel is most of the time.
    conf.set("spark." + MODULE + ".io.connectionTimeout", patience + "s");
    this.security = env.securityManager();
    this.appId = conf.getAppId();
    this.transport =
        SparkTransportConf.fromSparkConf(
            conf,
            MODULE,
            IO_THREADS,
            Option.apply(env.executorId()),
            Option.apply(security.getRpcSSLOptions()));
  }

  TransportContext context(RpcHandler handler) {
    return new TransportContext(transport, handler, false);
  }

  TransportServer serve(TransportContext context, String host) {
    List<TransportServerBootstrap> bootstraps =
        security.isAuthenticationEnabled()
            ? List.of(new AuthServerBootstrap(transport, security))
            : List.of();
    return context.createServer(host, 0, bootstraps);
  }

  TransportClientFactory connect(TransportContext context) {
    List<TransportClientBootstrap> bootstraps =
        security.isAuthenticationEnabled()
            ? List.of(new AuthClientBootstrap(transport, appId, security))
            : List.of();
    return context.createClientFactory(bootstraps);
  }
}
