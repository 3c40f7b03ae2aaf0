package org.sparklora.spark.tree;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A station that has asked for pieces of an adapter. It asks for each once, whoever asks it
 * meanwhile.
 */
final class Asking {
  private final Map<Integer, List<Consumer<ByteBuffer>>> waiting = new HashMap<>();

  /** Adds somebody who waits. Returns whether the piece has to be asked for. */
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

  /** Tells all who wait that no answer comes. */
  void breakUp() {
    List<Integer> pieces;
    synchronized (this) {
      pieces = List.copyOf(waiting.keySet());
    }
    ByteBuffer broken = new TreeAnswer.Broken().encode();
    pieces.forEach(piece -> answer(piece, broken));
  }
}
