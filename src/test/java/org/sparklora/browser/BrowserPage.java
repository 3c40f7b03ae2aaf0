package org.sparklora.browser;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A page of a browser, by Chrome's DevTools protocol. */
public final class BrowserPage implements WebSocket.Listener {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long ANSWER_SECONDS = 30;

  private final AtomicInteger number = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private volatile CompletableFuture<Void> loaded = new CompletableFuture<>();
  private WebSocket socket;

  static BrowserPage connect(HttpClient http, String target, int width, int height)
      throws IOException {
    BrowserPage page = new BrowserPage();
    URI address = URI.create(JSON.readTree(target).get("webSocketDebuggerUrl").asText());
    page.socket = http.newWebSocketBuilder().buildAsync(address, page).join();
    page.send("Page.enable");
    page.send("Runtime.enable");
    page.send("Log.enable");
    page.resize(width, height);
    return page;
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    text.append(data);
    if (last) {
      try {
        take(JSON.readTree(text.toString()));
      } catch (JsonProcessingException e) {
        complaints.add(e.getMessage());
      }
      text.setLength(0);
    }
    from.request(1);
    return null;
  }

  private void take(JsonNode message) {
    if (message.has("id")) {
      answers.remove(message.get("id").asInt()).complete(message);
      return;
    }
    switch (message.path("method").asText()) {
      case "Page.loadEventFired" -> loaded.complete(null);
      case "Runtime.exceptionThrown", "Runtime.consoleAPICalled" ->
          complaints.add(message.get("params").toString());
      case "Log.entryAdded" -> complaints.add(message.at("/params/entry").toString());
      default -> {}
    }
  }

  private JsonNode send(String method, Object... parameters) {
    int id = number.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
    ObjectNode values = message.putObject("params");
    for (int i = 0; i < parameters.length; i += 2) {
      values.putPOJO((String) parameters[i], parameters[i + 1]);
    }
    socket.sendText(message.toString(), true).join();
    JsonNode result = answer.orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS).join();
    if (result.has("error")) {
      throw new IllegalStateException(method + ": " + result.get("error"));
    }
    return result.get("result");
  }

  /** Sets the size in CSS pixels. */
  public void resize(int width, int height) {
    send(
        "Emulation.setDeviceMetricsOverride",
        "width",
        width,
        "height",
        height,
        "deviceScaleFactor",
        1,
        "mobile",
        width < 600);
  }

  /** What {@code prefers-color-scheme} is: dark or light. */
  public void colours(String scheme) {
    send(
        "Emulation.setEmulatedMedia",
        "features",
        List.of(Map.of("name", "prefers-color-scheme", "value", scheme)));
  }

  public void scripts(boolean on) {
    send("Emulation.setScriptExecutionDisabled", "value", !on);
  }

  /** Runs a script in every document before its own. */
  public void before(String script) {
    send("Page.addScriptToEvaluateOnNewDocument", "source", script);
  }

  /** Goes to an address and waits until it is loaded. */
  public void go(String address) {
    loaded = new CompletableFuture<>();
    send("Page.navigate", "url", address);
    loaded.orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS).join();
  }

  /** The value of an expression; a promise's once it is there. */
  public JsonNode evaluate(String expression) {
    JsonNode result =
        send(
            "Runtime.evaluate",
            "expression",
            expression,
            "returnByValue",
            true,
            "awaitPromise",
            true);
    if (result.has("exceptionDetails")) {
      throw new IllegalStateException(expression + ": " + result.get("exceptionDetails"));
    }
    return result.at("/result/value");
  }

  /** Presses a key, such as ArrowLeft. */
  public void press(String key, int code) {
    for (String type : List.of("keyDown", "keyUp")) {
      send(
          "Input.dispatchKeyEvent",
          "type",
          type,
          "key",
          key,
          "code",
          key,
          "windowsVirtualKeyCode",
          code);
    }
  }

  /** Writes a PNG of the whole page. */
  public void photograph(Path file) throws IOException {
    JsonNode result = send("Page.captureScreenshot", "captureBeyondViewport", true);
    Files.write(file, Base64.getDecoder().decode(result.get("data").asText()));
  }

  /** Errors and what was written to the console. */
  public List<String> complaints() {
    return List.copyOf(complaints);
  }
}
