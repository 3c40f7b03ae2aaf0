package org.sparklora.hub;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the proxies of {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code ALL_PROXY}, except for
 * the hosts of {@code NO_PROXY}, as Python's clients do. The variables may also be in lower case.
 * If none is set, Java's system properties apply.
 */
final class EnvironmentProxy extends ProxySelector {
  private static final Logger LOG = LoggerFactory.getLogger(EnvironmentProxy.class);

  private final Map<String, String> environment;
  private final ProxySelector otherwise;

  EnvironmentProxy(Map<String, String> environment, ProxySelector otherwise) {
    this.environment = environment;
    this.otherwise = otherwise;
  }

  @Override
  public List<Proxy> select(URI url) {
    if (isExcepted(url.getHost())) {
      return List.of(Proxy.NO_PROXY);
    }
    Optional<String> proxy = variable(url.getScheme() + "_proxy").or(() -> variable("all_proxy"));
    return proxy.isPresent() ? List.of(http(proxy.get())) : otherwise.select(url);
  }

  private static Proxy http(String text) {
    URI url = URI.create(text.contains("://") ? text : "http://" + text);
    if (url.getHost() == null || !"http".equals(url.getScheme())) {
      throw new IllegalArgumentException(
          "Unsupported proxy in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY: it has not the form"
              + " http://HOST:PORT");
    }
    int port = url.getPort() < 0 ? 80 : url.getPort();
    return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(url.getHost(), port));
  }

  private boolean isExcepted(String host) {
    return Stream.of(variable("no_proxy").orElse("").split(",", -1))
        .map(name -> name.strip().toLowerCase(Locale.ROOT).replaceFirst("^\\*?\\.", ""))
        .filter(name -> !name.isEmpty())
        .anyMatch(
            name ->
                name.equals("*")
                    || host.equalsIgnoreCase(name)
                    || host.toLowerCase(Locale.ROOT).endsWith("." + name));
  }

  private Optional<String> variable(String small) {
    return Stream.of(small, small.toUpperCase(Locale.ROOT))
        .map(environment::get)
        .filter(value -> value != null && !value.isBlank())
        .findFirst();
  }

  @Override
  public void connectFailed(URI url, SocketAddress address, IOException e) {
    LOG.warn("The proxy {} cannot be reached: {}", address, e.getMessage());
  }
}
