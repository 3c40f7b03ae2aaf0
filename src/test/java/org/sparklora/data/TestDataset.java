package org.sparklora.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.sparklora.data.file.SplitChoice;

/** Small data sets of any shape, and the configuration that reads them. */
public final class TestDataset {
  /** As Hugging Face writes pictures and captions. */
  public static final MessageType HUGGING_FACE =
      MessageTypeParser.parseMessageType(
          """
          message schema {
            optional group image { optional binary bytes; optional binary path (STRING); }
            optional binary text (STRING);
          }
          """);

  private TestDataset() {}

  /** Writes one file; each row is filled by its consumer. */
  public static void write(Path file, MessageType schema, List<Consumer<Group>> rows)
      throws IOException {
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(file.toUri());
    Configuration configuration = new Configuration();
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(HadoopOutputFile.fromPath(path, configuration))
            .withType(schema)
            .withConf(configuration)
            .build()) {
      for (Consumer<Group> row : rows) {
        Group group = new SimpleGroup(schema);
        row.accept(group);
        writer.write(group);
      }
    }
  }

  /** A Hugging Face row. */
  public static Consumer<Group> row(byte[] image, String caption) {
    return group -> {
      group.addGroup("image").add("bytes", Binary.fromConstantByteArray(image));
      group.add("text", caption);
    };
  }

  /** A PNG of one colour. */
  public static byte[] png(int width, int height, int rgb) {
    return png(width, height, () -> rgb);
  }

  /** A PNG whose every pixel is another. */
  public static byte[] noise(int width, int height, long seed) {
    Random random = new Random(seed);
    return png(width, height, random::nextInt);
  }

  private static byte[] png(int width, int height, IntSupplier pixels) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, pixels.getAsInt());
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  /** A configuration with centre crops, no flips and bad images skipped. */
  public static DataConfig config(String folder, int resolution) {
    return with(
        DataConfig.of(folder, PictureConfig.centred(resolution), 42),
        OptionalLong.empty(),
        BadImages.SKIP);
  }

  /** The same settings for another split of the data set. */
  public static DataConfig ofSplit(DataConfig config, SplitChoice split) {
    return copy(
        config,
        split,
        config.columns(),
        config.maxTrainSamples(),
        config.pictures(),
        config.onBadImage());
  }

  /** The same settings with pictures and captions from other columns. */
  public static DataConfig with(DataConfig config, ColumnConfig columns) {
    return copy(
        config,
        config.split(),
        columns,
        config.maxTrainSamples(),
        config.pictures(),
        config.onBadImage());
  }

  /** The same settings with pictures that are resized in another way. */
  public static DataConfig with(DataConfig config, PictureConfig pictures) {
    return copy(
        config,
        config.split(),
        config.columns(),
        config.maxTrainSamples(),
        pictures,
        config.onBadImage());
  }

  /** The same settings for so many samples. */
  public static DataConfig with(DataConfig config, OptionalLong samples, BadImages onBadImage) {
    return copy(config, config.split(), config.columns(), samples, config.pictures(), onBadImage);
  }

  private static DataConfig copy(
      DataConfig config,
      SplitChoice split,
      ColumnConfig columns,
      OptionalLong samples,
      PictureConfig pictures,
      BadImages onBadImage) {
    return new DataConfig(
        config.datasetName(),
        split,
        config.table(),
        columns,
        samples,
        pictures,
        config.captionDropoutRate(),
        config.captions(),
        onBadImage,
        config.subjectColumn(),
        config.seed(),
        config.use(),
        config.others());
  }
}
