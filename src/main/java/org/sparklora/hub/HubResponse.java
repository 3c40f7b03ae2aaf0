package org.sparklora.hub;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.util.Optional;

/**
 * An answer.
 *
 * @param first the headers of the hub itself, before any redirection
 * @param last the headers of the server that gave the final answer
 */
public record HubResponse(
    HubRequest request, int status, HttpHeaders first, HttpHeaders last, InputStream body)
    implements AutoCloseable {
  private static final int MOST_JSON_BYTES = 32 << 20;
  private static final int MOST_ERROR_BYTES = 1 << 16;

  public boolean isOk() {
    return status / 100 == 2;
  }

  public Optional<String> header(String name) {
    return last.firstValue(name);
  }

  /** The whole body as JSON; answers of the hub are small. */
  public JsonNode json() throws IOException {
    byte[] bytes = body.readNBytes(MOST_JSON_BYTES + 1);
    if (bytes.length > MOST_JSON_BYTES) {
      throw new HubException(
          HubException.Reason.UNREACHABLE,
          "Invalid answer to " + request.describe() + ": more than " + MOST_JSON_BYTES + " bytes");
    }
    try {
      return JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw new HubException(
          HubException.Reason.UNREACHABLE,
          "Invalid answer to "
              + request.describe()
              + ": it is no JSON, so this may be no hub, or a proxy's page");
    }
  }

  /** The error message of a failed request's answer, in one line. */
  public String message() {
    Optional<String> header = last.firstValue("X-Error-Message");
    if (header.isPresent()) {
      return header.get();
    }
    try {
      String text = JSON.readTree(body.readNBytes(MOST_ERROR_BYTES)).path("error").asText();
      return text.lines().findFirst().orElse("");
    } catch (IOException e) {
      return "";
    }
  }

  @Override
  public void close() {
    try {
      body.close();
    } catch (IOException e) {
      // Everything that is needed has been read already.
    }
  }
}
