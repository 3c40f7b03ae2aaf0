package org.sparklora.spark.bench;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Captioned pictures of coloured squares, for measurements without a data set. */
final class BenchPictures {
  private static final int SQUARE = 32;

  private BenchPictures() {}

  /**
   * Writes JPEG pictures in Hugging Face's layout.
   *
   * @param folder of Parquet files; there is none yet
   * @param side in pixels
   */
  static void write(JavaSparkContext spark, String folder, int count, int side) {
    StructType image =
        new StructType().add("bytes", DataTypes.BinaryType).add("path", DataTypes.StringType);
    StructType schema = new StructType().add("image", image).add("text", DataTypes.StringType);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Row picture = RowFactory.create(jpeg(new Random(i), side), i + ".jpg");
      rows.add(RowFactory.create(picture, "coloured squares, number " + i));
    }
    SparkSession session = SparkSession.builder().sparkContext(spark.sc()).getOrCreate();
    session.createDataFrame(rows, schema).coalesce(1).write().parquet(folder);
  }

  private static byte[] jpeg(Random random, int side) {
    BufferedImage picture = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < side; y += SQUARE) {
      for (int x = 0; x < side; x += SQUARE) {
        int colour = random.nextInt(1 << 24);
        for (int i = 0; i < SQUARE * SQUARE; i++) {
          picture.setRGB(
              Math.min(x + i % SQUARE, side - 1), Math.min(y + i / SQUARE, side - 1), colour);
        }
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(picture, "jpeg", out);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot encode a picture", e);
    }
    return out.toByteArray();
  }
}
