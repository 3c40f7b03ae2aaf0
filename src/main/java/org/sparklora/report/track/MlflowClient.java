package org.sparklora.report.track;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.sparklora.util.FirstCause;
import org.sparklora.util.Redaction;
import org.sparklora.util.Retries;
import org.sparklora.util.Retries.Outcome;

/**
 * MLflow's REST API 2.0. Requests that fail because the server is busy are repeated; refused
 * requests are not.
 */
final class MlflowClient {
  /** The server refuses a request. */
  static final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;

    RefusedException(int status, String message) {
      super(message);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  private static final int ATTEMPTS = 3;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int MOST_MESSAGE_LETTERS = 300;
  private static final int MOST_ANSWER_BYTES = 16 << 20;

  private final String server;
  private final Optional<String> authorization;
  private final Duration timeout;
  private final Retries retries;
  private final HttpClient http;

  /**
   * A client.
   *
   * @param server {@code MLFLOW_TRACKING_URI}
   * @param environment may have {@code MLFLOW_TRACKING_TOKEN}, or {@code MLFLOW_TRACKING_USERNAME}
   *     and {@code MLFLOW_TRACKING_PASSWORD}
   * @param timeout of each attempt
   * @param pauseMillis before the second attempt; twice as long before the third
   */
  MlflowClient(String server, Map<String, String> environment, Duration timeout, long pauseMillis) {
    this.server = server.replaceFirst("/+$", "");
    this.authorization = authorization(environment);
    this.timeout = timeout;
    this.retries = new Retries(Duration.ofMillis(pauseMillis));
    this.http = HttpClient.newBuilder().connectTimeout(timeout).build();
  }

  private static Optional<String> authorization(Map<String, String> environment) {
    String user = environment.getOrDefault("MLFLOW_TRACKING_USERNAME", "");
    String password = environment.getOrDefault("MLFLOW_TRACKING_PASSWORD", "");
    if (!user.isEmpty()) {
      byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
      return Optional.of("Basic " + Base64.getEncoder().encodeToString(both));
    }
    return Optional.ofNullable(environment.get("MLFLOW_TRACKING_TOKEN"))
        .map(token -> "Bearer " + token);
  }

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  JsonNode get(String call, Map<String, String> query) throws IOException {
    StringBuilder uri = new StringBuilder(server + "/api/2.0/mlflow/" + call);
    char separator = '?';
    for (Map.Entry<String, String> parameter : query.entrySet()) {
      uri.append(separator).append(parameter.getKey()).append('=');
      uri.append(URLEncoder.encode(parameter.getValue(), StandardCharsets.UTF_8));
      separator = '&';
    }
    return JSON.readTree(send(request(uri.toString()).GET()));
  }

  JsonNode post(String call, JsonNode body) throws IOException {
    HttpRequest.Builder request =
        request(server + "/api/2.0/mlflow/" + call)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.toString()));
    return JSON.readTree(send(request));
  }

  /**
   * Uploads a file through the server's artifact proxy.
   *
   * @param path in the artifacts' root, of URI-safe names
   */
  void putArtifact(String path, byte[] content) throws IOException {
    send(
        request(server + "/api/2.0/mlflow-artifacts/artifacts/" + path)
            .header("Content-Type", "image/png")
            .PUT(BodyPublishers.ofByteArray(content)));
  }

  private HttpRequest.Builder request(String uri) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(uri)).timeout(timeout);
    authorization.ifPresent(value -> request.header("Authorization", value));
    return request;
  }

  private String send(HttpRequest.Builder request) throws IOException {
    HttpRequest built = request.build();
    try {
      return retries.until(attempt -> send(built, attempt));
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private Outcome<String> send(HttpRequest request, int attempt)
      throws IOException, InterruptedException {
    try {
      HttpResponse<byte[]> response = answer(request);
      int status = response.statusCode();
      if (status < 300) {
        return Outcome.done(new String(response.body(), StandardCharsets.UTF_8));
      }
      String message =
          String.format(
              Locale.ROOT,
              "%s says %d to %s: %s",
              server,
              status,
              request.uri().getPath(),
              reason(new String(response.body(), StandardCharsets.UTF_8)));
      if (status != TOO_MANY_REQUESTS && status < 500) {
        throw new RefusedException(status, message);
      }
      throw new IOException(message);
    } catch (IOException e) {
      if (attempt == ATTEMPTS) {
        throw new IOException(
            e.getMessage() == null ? "Cannot reach " + server + ": " + e : e.getMessage(), e);
      }
      return Outcome.again();
    }
  }

  /** The answer with its body. The request's own timeout ends with the answer's headers. */
  private HttpResponse<byte[]> answer(HttpRequest request)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<byte[]>> answer =
        http.sendAsync(request, headers -> new BoundedBody(MOST_ANSWER_BYTES));
    try {
      return answer.get(2 * timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IOException(
          "Cannot reach " + server + ": " + FirstCause.of(e.getCause()), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException(
          server + " sends no whole answer within " + 2 * timeout.toSeconds() + " s", e);
    } finally {
      answer.cancel(true);
    }
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted", e);
  }

  /**
   * The server's reason, from the fields {@code error_code} and {@code message} of its answer.
   * Other text of a server or a proxy may repeat the request and its credentials, so it is not
   * shown.
   */
  private static String reason(String body) {
    try {
      JsonNode answer = JSON.readTree(body);
      String text =
          (answer.path("error_code").asText("") + " " + answer.path("message").asText(""))
              .replaceAll("\\s+", " ")
              .strip();
      String shown = text.isEmpty() ? "it gives no reason" : text;
      return Redaction.text(shown.substring(0, Math.min(shown.length(), MOST_MESSAGE_LETTERS)));
    } catch (JsonProcessingException e) {
      return "its answer is not one of MLflow's";
    }
  }
}
