package org.sparklora.spark.prepare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.sparklora.data.BadImage;
import org.sparklora.data.BadImageTable;
import org.sparklora.data.CacheFile;
import org.sparklora.data.ImageRow;
import org.sparklora.data.ImageRows;
import org.sparklora.data.LatentCacheWriter;
import org.sparklora.data.LatentEncoder;
import org.sparklora.data.LatentEncoderFactory;
import org.sparklora.data.LatentSample;
import org.sparklora.data.RowRange;
import org.sparklora.data.TrainSubset;

/**
 * The task: encodes one range of rows into one file of the cache. Every attempt writes a file of
 * its own name; the manifest names those of the attempts that Spark took.
 */
final class EncodeRange implements Function<Integer, String> {
  private static final long serialVersionUID = 1L;

  /** How many bad rows a result names. */
  static final int NAMED_BAD_IMAGES = 5;

  private final PreparePlan plan;
  private final ArrayList<RowRange> ranges;
  private final LatentEncoderFactory encoders;
  private final SerializableConfiguration configuration;
  private final LongAccumulator done;
  private final CollectionAccumulator<BadImage> stoppedAt;

  EncodeRange(
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
  public String call(Integer number) throws IOException {
    RowRange range = ranges.get(number);
    TrainSubset subset = plan.subset();
    boolean nothingKept = true;
    for (long id = range.firstId(); nothingKept && id < lastId(range); id++) {
      nothingKept = !subset.contains(id);
    }
    if (nothingKept) {
      return new EncodedRange(List.of(), 0, List.of()).toJson();
    }
    try (LatentEncoder encoder = encoders.open();
        ImageRows rows =
            new ImageRows(range, plan.imageColumn(), plan.captionColumn(), configuration.value())) {
      return encode(range, rows, new RowEncoder(plan.transform(), plan.flip(), encoder)).toJson();
    }
  }

  private static long lastId(RowRange range) {
    return range.firstId() + range.to() - range.from();
  }

  private EncodedRange encode(RowRange range, ImageRows rows, RowEncoder encoder)
      throws IOException {
    TrainSubset subset = plan.subset();
    String name =
        "part-%06d-%d.parquet"
            .formatted(TaskContext.getPartitionId(), TaskContext.get().taskAttemptId());
    List<BadImage> bad = new ArrayList<>();
    try (SampleFile file = new SampleFile(plan.location(), name, configuration.value())) {
      for (Optional<ImageRow> row = rows.next(); row.isPresent(); row = rows.next()) {
        if (!subset.contains(row.get().id())) {
          continue;
        }
        try {
          file.write(encoder.encode(row.get()));
        } catch (RowEncoder.BadRowException e) {
          bad.add(badImage(range, row.get(), e.getMessage()));
          if (plan.stopAtBadImage()) {
            stoppedAt.add(bad.get(0));
            return new EncodedRange(List.of(), 1, bad);
          }
        }
        done.add(1);
      }
      if (!bad.isEmpty()) {
        BadImageTable.write(plan.location(), name, bad, configuration.value());
      }
      List<BadImage> named = bad.subList(0, Math.min(bad.size(), NAMED_BAD_IMAGES));
      return new EncodedRange(file.finish(), bad.size(), named);
    }
  }

  private static BadImage badImage(RowRange range, ImageRow row, String reason) {
    long rowInFile = row.id() - range.file().firstRow();
    return new BadImage(row.id(), range.file().name(), rowInFile, reason);
  }

  /** A file of the cache that comes into being with its first sample. */
  private static final class SampleFile implements AutoCloseable {
    private final String location;
    private final String name;
    private final Configuration configuration;
    private Optional<LatentCacheWriter> writer = Optional.empty();

    SampleFile(String location, String name, Configuration configuration) {
      this.location = location;
      this.name = name;
      this.configuration = configuration;
    }

    void write(LatentSample sample) throws IOException {
      if (writer.isPresent()) {
        writer.get().write(sample);
      } else {
        writer = Optional.of(new LatentCacheWriter(location, name, sample, configuration));
      }
    }

    List<CacheFile> finish() throws IOException {
      return writer.isPresent() ? List.of(writer.get().finish()) : List.of();
    }

    @Override
    public void close() throws IOException {
      if (writer.isPresent()) {
        writer.get().close();
      }
    }
  }
}
