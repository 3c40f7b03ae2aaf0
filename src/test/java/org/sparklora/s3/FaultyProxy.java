package org.sparklora.s3;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Hands HTTP requests on to a store, or fails them. Signatures stay valid: nothing is changed. */
final class FaultyProxy implements AutoCloseable {
  private final ServerSocket server;
  private final int store;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedQueue<String> requests = new ConcurrentLinkedQueue<>();
  private volatile Faults faults = Faults.none();
  private volatile Link link = Link.INSTANT;

  /**
   * Starts listening.
   *
   * @param store the port on this machine behind it
   */
  FaultyProxy(int store) throws IOException {
    this.store = store;
    this.server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  void faults(Faults next) {
    faults = next;
  }

  void link(Link next) {
    link = next;
  }

  /** Every request that came: method and target without the bucket. */
  List<String> requests() {
    return List.copyOf(requests);
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        start(() -> serve(client));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket client) {
    open.add(client);
    try (client;
        Socket upstream = new Socket(InetAddress.getLoopbackAddress(), store)) {
      open.add(upstream);
      client.setTcpNoDelay(true);
      upstream.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(client.getInputStream());
      InputStream answers = new BufferedInputStream(upstream.getInputStream());
      boolean goesOn = true;
      while (goesOn) {
        Optional<HttpMessage> request = HttpMessage.read(in);
        goesOn = request.isPresent() && exchange(request.get(), in, client, answers, upstream);
      }
      open.remove(upstream);
    } catch (IOException e) {
      // One side has closed: so does the other, by leaving this block.
    } finally {
      open.remove(client);
    }
  }

  /** Whether the connection is to be used again. */
  private boolean exchange(
      HttpMessage request, InputStream in, Socket client, InputStream answers, Socket upstream)
      throws IOException {
    String[] words = request.first().split(" ", 3);
    String name = words[0] + " " + words[1].replaceFirst("^/[^/?]*", "");
    requests.add(name);
    Fault fault = faults.next(name);
    if (fault == Fault.RESET) {
      return reset(client);
    }
    OutputStream out = new BufferedOutputStream(client.getOutputStream());
    if (request.header("Expect").isPresent()) {
      out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      out.flush();
    }
    byte[] body = request.body(in);
    link.carry(body.length);
    if (fault == Fault.INTERNAL_ERROR || fault == Fault.SLOW_DOWN) {
      refuse(fault, words[0].equals("HEAD"), out);
      return true;
    }
    OutputStream forward = new BufferedOutputStream(upstream.getOutputStream());
    request.without("Expect").write(forward);
    forward.write(body);
    forward.flush();
    HttpMessage answer =
        HttpMessage.read(answers).orElseThrow(() -> new IOException("The store hung up"));
    boolean bare = words[0].equals("HEAD") || answer.status() == 204 || answer.status() == 304;
    byte[] content = bare ? new byte[0] : answer.body(answers);
    if (fault == Fault.LOST_RESPONSE || (fault == Fault.CUT_RESPONSE && content.length == 0)) {
      return reset(client);
    }
    link.carry(content.length);
    link.await();
    answer.write(out);
    out.write(content, 0, fault == Fault.CUT_RESPONSE ? content.length / 2 : content.length);
    out.flush();
    return fault == Fault.CUT_RESPONSE
        ? reset(client)
        : answer.header("Connection").filter("close"::equalsIgnoreCase).isEmpty();
  }

  private static void refuse(Fault fault, boolean head, OutputStream out) throws IOException {
    boolean slow = fault == Fault.SLOW_DOWN;
    String body =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>%s</Code><Message>%s</Message></Error>"
            .formatted(slow ? "SlowDown" : "InternalError", "injected by the test");
    List<String> headers =
        List.of(
            "Content-Type: application/xml",
            "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length);
    new HttpMessage(slow ? "HTTP/1.1 503 Slow Down" : "HTTP/1.1 500 Internal Server Error", headers)
        .write(out);
    if (!head) {
      out.write(body.getBytes(StandardCharsets.UTF_8));
    }
    out.flush();
  }

  private static boolean reset(Socket client) throws IOException {
    client.setSoLinger(true, 0);
    client.close();
    return false;
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "faulty-s3");
    thread.setDaemon(true);
    thread.start();
  }
}
