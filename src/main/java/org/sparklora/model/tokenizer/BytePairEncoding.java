package org.sparklora.model.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.IntConsumer;

/**
 * Byte-level byte-pair encoding (Sennrich et al. 2016, arXiv 1508.07909; bytes as in GPT-2). A
 * piece starts as its UTF-8 bytes, the last one marked {@code </w>}. The two neighbours that come
 * first in the list of merges are joined, again and again, until none can be joined.
 */
final class BytePairEncoding {
  private static final String END_OF_WORD = "</w>";
  private static final int GONE = -1;

  private final int[] byteIds = new int[256];
  private final int[] lastByteIds = new int[256];
  private final Map<Long, Merge> merges = new HashMap<>();

  private record Merge(int rank, int id) {}

  /** A merge that was possible at a place when it was recorded. */
  private record Candidate(int rank, int place, int id) {
    static final Comparator<Candidate> ORDER =
        Comparator.comparingInt(Candidate::rank).thenComparingInt(Candidate::place);
  }

  /**
   * @param vocabulary token to id
   * @param pairs to merge, most important first; both parts of a pair and their join are tokens
   * @param unknown id for a byte that is not a token
   */
  BytePairEncoding(Map<String, Integer> vocabulary, List<MergePair> pairs, int unknown) {
    for (int value = 0; value < 256; value++) {
      String symbol = Character.toString(symbol(value));
      byteIds[value] = vocabulary.getOrDefault(symbol, unknown);
      lastByteIds[value] = vocabulary.getOrDefault(symbol + END_OF_WORD, unknown);
    }
    int rank = 0;
    for (MergePair pair : pairs) {
      long key = key(vocabulary.get(pair.left()), vocabulary.get(pair.right()));
      merges.put(key, new Merge(rank++, vocabulary.get(pair.joined())));
    }
  }

  /** Two tokens that become one. */
  record MergePair(String left, String right) {
    String joined() {
      return left + right;
    }
  }

  void encode(String piece, IntConsumer out) {
    byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
    int last = bytes.length - 1;
    int[] ids = new int[bytes.length];
    int[] next = new int[bytes.length];
    int[] previous = new int[bytes.length];
    for (int i = 0; i <= last; i++) {
      ids[i] = (i == last ? lastByteIds : byteIds)[bytes[i] & 0xFF];
      next[i] = i + 1;
      previous[i] = i - 1;
    }
    PriorityQueue<Candidate> queue = new PriorityQueue<>(Candidate.ORDER);
    for (int i = 0; i < last; i++) {
      offer(queue, i, ids, next);
    }
    while (!queue.isEmpty()) {
      Candidate candidate = queue.remove();
      int place = candidate.place();
      if (!stillFits(candidate, ids, next)) {
        continue;
      }
      int joined = next[place];
      ids[place] = candidate.id();
      ids[joined] = GONE;
      next[place] = next[joined];
      if (next[place] < ids.length) {
        previous[next[place]] = place;
        offer(queue, place, ids, next);
      }
      if (previous[place] >= 0) {
        offer(queue, previous[place], ids, next);
      }
    }
    Arrays.stream(ids).filter(id -> id != GONE).forEach(out);
  }

  private void offer(PriorityQueue<Candidate> queue, int place, int[] ids, int[] next) {
    Merge merge = merges.get(key(ids[place], ids[next[place]]));
    if (merge != null) {
      queue.add(new Candidate(merge.rank(), place, merge.id()));
    }
  }

  private boolean stillFits(Candidate candidate, int[] ids, int[] next) {
    int place = candidate.place();
    if (ids[place] == GONE || next[place] == ids.length) {
      return false;
    }
    Merge merge = merges.get(key(ids[place], ids[next[place]]));
    return merge != null && merge.id() == candidate.id();
  }

  private static long key(int left, int right) {
    return (long) left << Integer.SIZE | Integer.toUnsignedLong(right);
  }

  /** The printable character that stands for a byte in the vocabulary. */
  private static int symbol(int value) {
    if (isPrintable(value)) {
      return value;
    }
    int before = 0;
    for (int other = 0; other < value; other++) {
      before += isPrintable(other) ? 0 : 1;
    }
    return 256 + before;
  }

  private static boolean isPrintable(int value) {
    return (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xFF && value != 0xAD);
  }
}
