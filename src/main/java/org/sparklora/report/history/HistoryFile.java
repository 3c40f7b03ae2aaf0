package org.sparklora.report.history;

import static org.sparklora.util.Json.LENIENT;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sparklora.report.event.RunEvent;

/** Stores a run's history as JSON, which the next attempt continues. */
public final class HistoryFile {
  private static final int VERSION = 1;

  /** A curve's parts; arrays of first, last, count, sum, min, max. */
  record StoredCurve(long width, List<double[]> buckets) {
    static StoredCurve of(Curve curve) {
      return new StoredCurve(
          curve.width(),
          curve.buckets().stream()
              .map(b -> new double[] {b.first(), b.last(), b.count(), b.sum(), b.min(), b.max()})
              .toList());
    }

    Curve curve() {
      return new Curve(
          width,
          buckets.stream()
              .map(b -> new Curve.Bucket((long) b[0], (long) b[1], (long) b[2], b[3], b[4], b[5]))
              .toList());
    }
  }

  /** The file's parts. */
  record Stored(
      int version,
      RunEvent.RunDescription run,
      List<Attempt> attempts,
      Map<Quantity, StoredCurve> curves,
      List<Note> notes,
      long notesLeftOut,
      List<PictureSet> pictures,
      RunHistory.Data data,
      RunHistory.Saved saved,
      RunHistory.Course course) {
    Stored() {
      this(
          VERSION,
          null,
          List.of(),
          Map.of(),
          List.of(),
          0,
          List.of(),
          null,
          null,
          new RunHistory.Course(0, 0, 0, 0));
    }
  }

  private HistoryFile() {}

  /** Writes a history. */
  public static byte[] write(RunHistory history) {
    Map<Quantity, StoredCurve> curves = new EnumMap<>(Quantity.class);
    for (Quantity quantity : Quantity.values()) {
      curves.put(quantity, StoredCurve.of(history.curve(quantity)));
    }
    Stored stored =
        new Stored(
            VERSION,
            history.run().orElse(null),
            history.attempts(),
            curves,
            history.notes().all(),
            history.notes().leftOut(),
            history.pictures().all(),
            history.data().orElse(null),
            history.saved().orElse(null),
            history.course());
    try {
      return LENIENT.writeValueAsBytes(stored);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A history cannot be written as LENIENT", e);
    }
  }

  /** Reads a history; empty if the bytes were not made by {@link #write}. */
  public static Optional<RunHistory> read(byte[] json) {
    try {
      Stored stored = LENIENT.readValue(json, Stored.class);
      return stored == null || stored.version() != VERSION
          ? Optional.empty()
          : Optional.of(new RunHistory(stored));
    } catch (IOException | RuntimeException e) {
      return Optional.empty(); // somebody else's file, or of another version
    }
  }
}
