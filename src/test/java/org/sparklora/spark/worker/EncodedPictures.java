package org.sparklora.spark.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.sparklora.data.DataConfig;
import org.sparklora.data.DatasetFolder;
import org.sparklora.data.TestDataset;
import org.sparklora.data.row.ImageRow;
import org.sparklora.data.row.ImageRows;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.spark.SparkTestSession;
import org.sparklora.spark.prepare.LatentPreparation;

/** The first pictures of the quick start's Noto emoji, encoded by the embedded model. */
final class EncodedPictures {
  static final String BASE = "src/quickstart/base-model";

  private static final Configuration HADOOP = new Configuration(false);

  private EncodedPictures() {}

  /**
   * Writes the pictures to {@code data/pictures.parquet} and encodes them.
   *
   * @return the latent cache
   */
  static String write(Path folder, int pictures, int pixels) throws IOException {
    List<Consumer<Group>> rows = new ArrayList<>();
    DataConfig noto = TestDataset.config("src/quickstart/noto", pixels);
    var range = new DatasetFolder(HADOOP).open(noto).ranges().get(0);
    try (ImageRows reader = range.open(HADOOP)) {
      while (rows.size() < pictures) {
        ImageRow row = reader.next().orElseThrow();
        rows.add(TestDataset.row(row.image().orElseThrow(), row.captions().get(0)));
      }
    }
    Path data = Files.createDirectories(folder.resolve("data"));
    TestDataset.write(data.resolve("pictures.parquet"), TestDataset.HUGGING_FACE, rows);
    DataConfig config = TestDataset.config(data.toString(), pixels);
    return new LatentPreparation(
            new ModelConfig(BASE, BASE, ""), config, new DatasetFolder(HADOOP).open(config), 1)
        .run(SparkTestSession.context(), folder.resolve("latents").toString())
        .location();
  }
}
