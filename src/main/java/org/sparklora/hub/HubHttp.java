package org.sparklora.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.util.ProgramVersion;
import org.sparklora.util.Retries;
import org.sparklora.util.Retries.Outcome;
import org.sparklora.util.Times;

/**
 * Sends requests. It repeats requests that fail temporarily, follows redirections, and sends the
 * token only to the hub's own address.
 */
public final class HubHttp {
  private static final Logger LOG = LoggerFactory.getLogger(HubHttp.class);
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final int ATTEMPTS = 6;
  private static final int ATTEMPTS_TO_CONNECT = 2;
  private static final int MOST_REDIRECTIONS = 5;
  private static final Duration LONGEST_DELAY = Duration.ofMinutes(5);
  private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);

  private final HubSettings settings;
  private final HttpClient client;
  private final Retries retries;
  private volatile boolean reached;

  HubHttp(HubSettings settings) {
    this.settings = settings;
    this.retries = new Retries(settings.firstDelay());
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(new EnvironmentProxy(System.getenv(), ProxySelector.getDefault()))
            .build();
  }

  /** The URL of a call of the hub. */
  public URI url(String pathAndQuery) {
    return URI.create(settings.endpoint() + pathAndQuery);
  }

  /**
   * Sends a request.
   *
   * @return the answer, with any status that a repetition would not change
   * @throws HubException (UNREACHABLE) when there is no answer
   */
  public HubResponse send(HubRequest request) throws HubException {
    return repeatedly(attempt -> attempt(request, attempt));
  }

  private Outcome<HubResponse> attempt(HubRequest request, int attempt) throws HubException {
    String failure;
    Optional<Duration> wanted = Optional.empty();
    try {
      HubResponse response = follow(request);
      reached = true;
      if (!PASSING.contains(response.status()) || isLast(request, attempt, true)) {
        return Outcome.done(response);
      }
      wanted = retryAfter(response);
      failure = "status " + response.status();
      response.close();
    } catch (HubException e) {
      throw e;
    } catch (IOException e) {
      failure = reason(e);
      if (isLast(request, attempt, reached || !isConnecting(e))) {
        throw new HubException(
            HubException.Reason.UNREACHABLE,
            "Cannot reach "
                + settings.endpoint()
                + " ("
                + request.describe()
                + "): "
                + failure
                + "; check the connection"
                + (request.method().equals("GET")
                    ? ", or set HF_HUB_OFFLINE=1 to use what was downloaded"
                    : ""),
            e);
      }
    }
    Duration delay = wanted.orElse(retries.pauseAfter(attempt));
    LOG.warn(
        "{}: {}; again in {}", request.describe(), failure, Times.span(delay.toMillis() / 1000.0));
    return Outcome.againAfter(delay);
  }

  /** Makes attempts until one succeeds, with pauses that double. */
  public <T, E extends IOException> T repeatedly(Retries.Attempt<T, E> attempt)
      throws E, HubException {
    try {
      return retries.until(attempt);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static boolean isLast(HubRequest request, int attempt, boolean connected) {
    return !request.repeated() || attempt >= (connected ? ATTEMPTS : ATTEMPTS_TO_CONNECT);
  }

  /** Waits as long as between two attempts. */
  public void pause(int attempt) throws HubException {
    try {
      retries.pause(attempt);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private HubResponse follow(HubRequest request) throws IOException {
    HubRequest at = request;
    HttpHeaders first = null;
    for (int redirections = 0; redirections <= MOST_REDIRECTIONS; redirections++) {
      HttpResponse<InputStream> response = exchange(at);
      first = first == null ? response.headers() : first;
      Optional<String> location = response.headers().firstValue("Location");
      boolean redirects =
          response.statusCode() / 100 == 3
              && response.statusCode() != 304
              && location.isPresent()
              && (request.method().equals("GET") || response.statusCode() >= 307);
      if (!redirects) {
        return new HubResponse(
            at, response.statusCode(), first, response.headers(), response.body());
      }
      response.body().close();
      at = at.to(target(at.url(), location.get()));
    }
    throw new HubException(
        HubException.Reason.UNREACHABLE,
        "Invalid answer to " + request.describe() + ": redirected too often");
  }

  private static URI target(URI from, String location) throws HubException {
    try {
      return from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new HubException(
          HubException.Reason.UNREACHABLE, "Invalid answer of " + from.getHost() + ": a bad URL");
    }
  }

  private HttpResponse<InputStream> exchange(HubRequest request) throws IOException {
    requireAllowed(request.url());
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(request.url())
            .timeout(request.timeout())
            .header("User-Agent", ProgramVersion.text().replace(' ', '/'))
            .method(request.method(), request.body().get());
    request.headers().forEach(builder::header);
    if (request.authorized() && isHub(request.url())) {
      settings.token().ifPresent(token -> builder.header("Authorization", token.authorization()));
    }
    try {
      return client.send(builder.build(), BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  /** Whether a URL has the hub's scheme, host and port; only then is the token sent. */
  private boolean isHub(URI url) {
    return origin(url).equals(origin(settings.endpoint()));
  }

  private static String origin(URI url) {
    int port = url.getPort() >= 0 ? url.getPort() : url.getScheme().equals("http") ? 80 : 443;
    return url.getScheme() + "://" + url.getHost() + ":" + port;
  }

  private void requireAllowed(URI url) throws HubException {
    boolean secure = "https".equals(url.getScheme());
    boolean plain =
        "http".equals(url.getScheme())
            && ("http".equals(settings.endpoint().getScheme()) || isLoopback(url.getHost()));
    if (url.getHost() == null || !(secure || plain)) {
      throw new HubException(
          HubException.Reason.UNREACHABLE,
          "Refused to go to "
              + url.getScheme()
              + "://"
              + url.getRawAuthority()
              + ": only https is trusted; http where HF_ENDPOINT says so");
    }
  }

  private static boolean isLoopback(String host) {
    return host != null && (host.equals("localhost") || isLoopbackAddress(host));
  }

  private static boolean isLoopbackAddress(String host) {
    try {
      return host.matches("[\\[\\]0-9a-fA-F.:]+")
          && InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static Optional<Duration> retryAfter(HubResponse response) {
    return response
        .header("Retry-After")
        .filter(text -> text.matches("\\d{1,6}"))
        .map(text -> Duration.ofSeconds(Long.parseLong(text)))
        .map(delay -> delay.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : delay);
  }

  private static boolean isConnecting(IOException e) {
    return e instanceof ConnectException
        || e instanceof HttpConnectTimeoutException
        || e instanceof UnknownHostException;
  }

  /** The reason of a failure; the client's exceptions often have no message. */
  private static String reason(IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnresolvedAddressException) {
        return "the host's name is not known";
      }
      if (cause.getMessage() != null && !cause.getMessage().isBlank()) {
        return cause.getMessage();
      }
    }
    return e instanceof ConnectException
        ? "the connection was refused"
        : e.getClass().getSimpleName();
  }

  private static HubException interrupted() {
    Thread.currentThread().interrupt();
    return new HubException(HubException.Reason.LOCAL, "Interrupted while waiting for the hub");
  }
}
