package org.sparklora.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** What {@link HubServer} does wrong, and how often. */
public final class ServerFaults {
  /**
   * A fault.
   *
   * @param match part of "METHOD path"
   * @param status to answer with; 0 to cut the connection after some bytes of the answer's body; -1
   *     to do what was asked and lose the answer
   */
  record Fault(
      String match, int status, long bytes, Optional<String> retryAfter, AtomicInteger left) {}

  private final List<Fault> faults = new ArrayList<>();

  public synchronized void answer(String match, int status, int times) {
    faults.add(new Fault(match, status, 0, Optional.empty(), new AtomicInteger(times)));
  }

  synchronized void tooMany(String match, String retryAfter) {
    faults.add(new Fault(match, 429, 0, Optional.of(retryAfter), new AtomicInteger(1)));
  }

  synchronized void cut(String match, long bytes, int times) {
    faults.add(new Fault(match, 0, bytes, Optional.empty(), new AtomicInteger(times)));
  }

  public synchronized void loseAnswer(String match) {
    faults.add(new Fault(match, -1, 0, Optional.empty(), new AtomicInteger(1)));
  }

  synchronized Optional<Fault> next(String request) {
    return faults.stream()
        .filter(fault -> request.contains(fault.match()) && fault.left().getAndDecrement() > 0)
        .findFirst();
  }
}
