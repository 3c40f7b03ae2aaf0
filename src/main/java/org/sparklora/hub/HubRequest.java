package org.sparklora.hub;

import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A request that can be sent again.
 *
 * @param body made again each time the request is sent
 * @param authorized whether the token is sent along, to the hub itself only
 * @param timeout until the answer begins, including the sending
 * @param repeated whether the request is repeated after a temporary failure
 */
public record HubRequest(
    String method,
    URI url,
    Map<String, String> headers,
    Supplier<BodyPublisher> body,
    boolean authorized,
    Duration timeout,
    boolean repeated) {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  static HubRequest get(URI url) {
    return new HubRequest("GET", url, Map.of(), BodyPublishers::noBody, true, TIMEOUT, true);
  }

  public static HubRequest post(URI url, String contentType, byte[] content) {
    return new HubRequest(
        "POST",
        url,
        Map.of("Content-Type", contentType),
        () -> BodyPublishers.ofByteArray(content),
        true,
        TIMEOUT,
        true);
  }

  /** An upload to a signed URL, without the token. */
  public static HubRequest put(URI url, Supplier<BodyPublisher> body, Duration timeout) {
    return new HubRequest("PUT", url, Map.of(), body, false, timeout, true);
  }

  public HubRequest with(String name, String value) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.put(name, value);
    return new HubRequest(method, url, all, body, authorized, timeout, repeated);
  }

  public HubRequest once() {
    return new HubRequest(method, url, headers, body, authorized, timeout, false);
  }

  public HubRequest withoutToken() {
    return new HubRequest(method, url, headers, body, false, timeout, repeated);
  }

  HubRequest to(URI other) {
    return new HubRequest(method, other, headers, body, authorized, timeout, repeated);
  }

  /** The request for messages, without the query, which may hold a signature. */
  String describe() {
    return method + " " + url.getScheme() + "://" + url.getRawAuthority() + url.getPath();
  }
}
