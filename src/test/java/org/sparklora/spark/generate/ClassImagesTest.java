package org.sparklora.spark.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.TestDataset;
import org.sparklora.data.image.ImageDecoder;
import org.sparklora.data.image.Pixels;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.pipeline.DrawingMemory;
import org.sparklora.pipeline.GenerationCheck;
import org.sparklora.pipeline.request.AdapterUse;
import org.sparklora.pipeline.request.Generation;
import org.sparklora.pipeline.request.GenerationConfig;
import org.sparklora.pipeline.request.Repeats;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.spark.SparkTestSession;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;
import org.sparklora.util.MemoryRoom;

/** Class images of the embedded model, on the two slots of the test's session. */
@Tag("long")
class ClassImagesTest {
  private static final String BASE = "src/quickstart/base-model";
  private static final Configuration HADOOP = new Configuration();

  @TempDir Path folder;

  @Test
  void drawsTheMissingPicturesAndKeepsTheOthers() throws Exception {
    Files.write(folder.resolve("mine.png"), TestDataset.png(4, 4, 0xff0000));
    ClassImages images = new ClassImages(folder.toString(), 6);
    assertThat(images.missing(HADOOP)).isEqualTo(5);
    draw(images, 2);
    SortedMap<String, ByteBuffer> drawn = pictures();
    assertThat(drawn).hasSize(6).containsKey("mine.png");
    assertThat(drawn.keySet().stream().filter(name -> !name.equals("mine.png")))
        .allSatisfy(name -> assertThat(name).matches("[1-5]-[0-9a-f]{40}\\.png"));
    assertThat(drawn.keySet().stream().map(name -> name.charAt(0)).distinct()).hasSize(6);
    Pixels pixels = new ImageDecoder().decode(drawn.get(drawn.firstKey()).array());
    assertThat(pixels.width()).isEqualTo(128);
    assertThat(images.missing(HADOOP)).isZero();
    draw(images, 2);
    assertThat(pictures()).isEqualTo(drawn);
  }

  @Test
  void aSetBegunAgainAfterALossIsTheSame() throws Exception {
    ClassImages images = new ClassImages(folder.toString(), 5);
    draw(images, 2);
    SortedMap<String, ByteBuffer> whole = pictures();
    for (String name : whole.keySet()) {
      if (name.startsWith("0-") || name.startsWith("3-")) {
        Files.delete(folder.resolve(name));
      }
    }
    assertThat(images.missing(HADOOP)).isEqualTo(2);
    draw(images, 2);
    assertThat(pictures()).isEqualTo(whole);
  }

  private void draw(ClassImages images, int batchSize) {
    Generation generation =
        GenerationCheck.check(
            new GenerationConfig(
                Optional.of(new ModelConfig(BASE, BASE, "")),
                "",
                AdapterUse.none(),
                Precision.FP32,
                1,
                AttentionKernel.DEFAULT,
                SamplingConfig.of(2, 1),
                OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                new Repeats(1, 0),
                batchSize),
            HADOOP,
            DrawingMemory.ofClassImages(MemoryRoom.UNKNOWN));
    images.draw(SparkTestSession.context(), generation, "an emoji", 100);
  }

  private SortedMap<String, ByteBuffer> pictures() throws IOException {
    SortedMap<String, ByteBuffer> contents = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        contents.put(file.getFileName().toString(), ByteBuffer.wrap(Files.readAllBytes(file)));
      }
    }
    return contents;
  }
}
