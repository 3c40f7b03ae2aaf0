package org.sparklora.spark.tree;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Collects a station's requests for pieces of an adapter. Each piece is requested from the station
 * above once, and all requesters get its answer.
 */
final class Asking {
  private final Map<Integer, List<Consumer<ByteBuffer>>> waiting = new HashMap<>();

  /** Adds a requester of a piece. Returns whether the piece has to be requested from above. */
  synchronized boolean add(int piece, Consumer<ByteBuffer> answer) {
    boolean first = !waiting.containsKey(piece);
    waiting.computeIfAbsent(piece, number -> new ArrayList<>()).add(answer);
    return first;
  }

  /** Passes an answer on. */
  void answer(int piece, ByteBuffer frame) {
    List<Consumer<ByteBuffer>> answered;
    synchronized (this) {
      answered = waiting.containsKey(piece) ? waiting.remove(piece) : List.of();
    }
    answered.forEach(answer -> answer.accept(frame.duplicate()));
  }

  /** Tells all requesters that no answer comes. */
  void breakUp() {
    List<Integer> pieces;
    synchronized (this) {
      pieces = List.copyOf(waiting.keySet());
    }
    ByteBuffer broken = TreeAnswer.broken();
    pieces.forEach(piece -> answer(piece, broken));
  }
}
