package org.sparklora.spark.prepare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.sparklora.data.cache.LatentEncoder;
import org.sparklora.data.cache.LatentEncoderFactory;
import org.sparklora.data.order.TrainSubset;
import org.sparklora.data.row.BadImage;
import org.sparklora.data.row.ImageRow;
import org.sparklora.data.row.ImageRows;
import org.sparklora.data.row.RowRange;
import org.sparklora.data.row.UnreadableRowException;
import org.sparklora.store.DiskErrors;

/**
 * The task that encodes its ranges, one after the other, with one encoder. Every attempt writes
 * files with its own names. A range counts as done for everybody when its note is in {@link
 * FinishedRanges}.
 */
final class EncodeRanges implements FlatMapFunction<Iterator<Integer>, String> {
  private static final long serialVersionUID = 1L;

  private final PreparePlan plan;
  private final ArrayList<RowRange> ranges;
  private final LatentEncoderFactory encoders;
  private final SerializableConfiguration configuration;
  private final LongAccumulator done;
  private final CollectionAccumulator<BadImage> stoppedAt;

  EncodeRanges(
      PreparePlan plan,
      List<RowRange> ranges,
      LatentEncoderFactory encoders,
      SerializableConfiguration configuration,
      LongAccumulator done,
      CollectionAccumulator<BadImage> stoppedAt) {
    this.plan = plan;
    this.ranges = new ArrayList<>(ranges);
    this.encoders = encoders;
    this.configuration = configuration;
    this.done = done;
    this.stoppedAt = stoppedAt;
  }

  @Override
  public Iterator<String> call(Iterator<Integer> numbers) throws IOException {
    return DiskErrors.asExceptions(() -> results(numbers));
  }

  private Iterator<String> results(Iterator<Integer> numbers) throws IOException {
    FinishedRanges finished = new FinishedRanges(plan.location(), configuration.value());
    List<String> results = new ArrayList<>();
    try (OpenedOnce encoder = new OpenedOnce(encoders);
        OpenRows rows = new OpenRows(configuration.value())) {
      while (numbers.hasNext()) {
        int number = numbers.next();
        Optional<EncodedRange> found = finished.find(number);
        found.ifPresent(range -> done.add(range.rows()));
        EncodedRange range =
            found.isPresent() ? found.get() : encode(number, encoder, rows, finished);
        results.add(range.toJson());
        if (plan.stopAtBadImage() && range.badImages() > 0) {
          stoppedAt.add(range.firstBadImages().get(0));
          break;
        }
      }
    }
    return results.iterator();
  }

  private EncodedRange encode(
      int number, OpenedOnce encoder, OpenRows rows, FinishedRanges finished) throws IOException {
    RowRange range = ranges.get(number);
    TrainSubset subset = plan.subset();
    try (RangeFiles files = new RangeFiles(plan.location(), number, configuration.value())) {
      if (keepsAny(range, subset)) {
        encodeRows(
            range,
            rows.of(range),
            subset,
            new RowEncoder(plan.transform(), plan.flip(), plan.alphaMask(), encoder.get()),
            files);
      }
      EncodedRange own = files.finish();
      if (plan.stopAtBadImage() && own.badImages() > 0) {
        files.delete();
        return own;
      }
      EncodedRange first = finished.finish(number, own);
      if (!first.name().equals(own.name())) {
        files.delete();
      }
      return first;
    }
  }

  private void encodeRows(
      RowRange range, ImageRows rows, TrainSubset subset, RowEncoder encoder, RangeFiles files)
      throws IOException {
    while (true) {
      Optional<BadImage> bad;
      try {
        Optional<ImageRow> row = rows.next();
        if (row.isEmpty()) {
          return;
        }
        if (!subset.contains(row.get().id())) {
          continue;
        }
        bad = encodeRow(row.get(), range, encoder, files);
      } catch (UnreadableRowException e) {
        if (!subset.contains(e.id())) {
          continue;
        }
        bad = Optional.of(range.badImage(e.id(), e.getMessage()));
      }
      bad.ifPresent(files::leaveOut);
      if (bad.isPresent() && plan.stopAtBadImage()) {
        return;
      }
      done.add(1);
    }
  }

  private static Optional<BadImage> encodeRow(
      ImageRow row, RowRange range, RowEncoder encoder, RangeFiles files) throws IOException {
    try {
      files.write(encoder.encode(row));
      return Optional.empty();
    } catch (RowEncoder.BadRowException e) {
      return Optional.of(range.badImage(row.id(), e.getMessage()));
    }
  }

  private static boolean keepsAny(RowRange range, TrainSubset subset) {
    for (long id = range.firstId(); id < range.firstId() + range.rows(); id++) {
      if (subset.contains(id)) {
        return true;
      }
    }
    return false;
  }

  /** The rows of a range, which stay open for the next range of the same file. */
  private static final class OpenRows implements AutoCloseable {
    private final Configuration configuration;
    private Optional<ImageRows> opened = Optional.empty();

    OpenRows(Configuration configuration) {
      this.configuration = configuration;
    }

    ImageRows of(RowRange range) throws IOException {
      ImageRows rows =
          opened.isPresent() ? range.open(opened.get(), configuration) : range.open(configuration);
      opened = Optional.of(rows);
      return rows;
    }

    @Override
    public void close() throws IOException {
      if (opened.isPresent()) {
        opened.get().close();
      }
    }
  }

  /** An encoder that is opened when there is something to encode. */
  private static final class OpenedOnce implements AutoCloseable {
    private final LatentEncoderFactory encoders;
    private Optional<LatentEncoder> opened = Optional.empty();

    OpenedOnce(LatentEncoderFactory encoders) {
      this.encoders = encoders;
    }

    LatentEncoder get() {
      if (opened.isEmpty()) {
        opened = Optional.of(encoders.open());
      }
      return opened.get();
    }

    @Override
    public void close() {
      opened.ifPresent(LatentEncoder::close);
    }
  }
}
