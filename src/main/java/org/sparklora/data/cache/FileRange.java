package org.sparklora.data.cache;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;

/**
 * Bytes of a file.
 *
 * @param begin of the first one
 */
record FileRange(long begin, int length) {
  /** Bytes between two ranges for which another request is not worth its time. */
  private static final int GAP = 32 << 10;

  private long end() {
    return begin + length;
  }

  byte[] read(InputFile input) throws IOException {
    return read(input, List.of(this));
  }

  /** The bytes of ranges of a file, one after the other. */
  static byte[] read(InputFile input, List<FileRange> ranges) throws IOException {
    byte[] bytes = new byte[ranges.stream().mapToInt(FileRange::length).sum()];
    int at = 0;
    try (SeekableInputStream stream = input.newStream()) {
      for (FileRange range : ranges) {
        stream.seek(range.begin());
        stream.readFully(bytes, at, range.length());
        at += range.length();
      }
    }
    return bytes;
  }

  /** Fewer ranges that hold the given ones, in ascending order. */
  static List<FileRange> merged(List<FileRange> parts) {
    List<FileRange> merged = new ArrayList<>();
    for (FileRange part :
        parts.stream().sorted(Comparator.comparingLong(FileRange::begin)).toList()) {
      FileRange last = merged.isEmpty() ? part : merged.get(merged.size() - 1);
      if (!merged.isEmpty() && part.begin() - last.end() <= GAP) {
        long end = Math.max(last.end(), part.end());
        merged.set(
            merged.size() - 1, new FileRange(last.begin(), Math.toIntExact(end - last.begin())));
      } else {
        merged.add(part);
      }
    }
    return merged;
  }

  /** The index of a place of the file in the bytes of ranges that stand one after the other. */
  static int indexIn(List<FileRange> ranges, long place) {
    int before = 0;
    for (FileRange range : ranges) {
      if (range.begin() <= place && place <= range.end()) {
        return Math.toIntExact(before + place - range.begin());
      }
      before += range.length();
    }
    throw new IllegalArgumentException("Invalid place: " + place + " is in no range");
  }
}
