package org.sparklora.data.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.parquet.schema.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.DataConfig;
import org.sparklora.data.DatasetFolder;
import org.sparklora.data.TestDataset;
import org.sparklora.data.cache.CacheFile;
import org.sparklora.data.cache.CacheKey;
import org.sparklora.data.cache.CacheManifest;
import org.sparklora.data.cache.LatentCache;
import org.sparklora.data.cache.LatentCacheWriter;
import org.sparklora.data.cache.LatentSample;
import org.sparklora.data.cache.LatentSchema;
import org.sparklora.data.cache.Posterior;
import org.sparklora.data.cache.SubjectIndex;
import org.sparklora.data.caption.Caption;
import org.sparklora.data.order.SubjectSamples;
import org.sparklora.util.InvalidInputException;

class SubjectsTest {
  private static final Configuration CONFIGURATION = new Configuration();

  @TempDir Path folder;

  @Test
  void numbersEachSubjectsRowsOverAllFiles() throws IOException {
    write("a.parquet", "optional binary who (STRING)", "dog", "cat", "dog");
    write("b.parquet", "optional binary who (STRING)", "cat", "fox ", "dog");
    ImageDataset dataset = open("who", Optional.of("{subject}, a photo of {subject}"));
    assertThat(dataset.subjects().orElseThrow().names()).containsExactly("dog", "cat", "fox");
    List<ImageRow> rows = rows(dataset);
    assertThat(rows)
        .extracting(row -> row.subject().orElseThrow())
        .containsExactly(
            new SubjectRow("dog", 0),
            new SubjectRow("cat", 0),
            new SubjectRow("dog", 1),
            new SubjectRow("cat", 1),
            new SubjectRow("fox", 0),
            new SubjectRow("dog", 2));
    assertThat(rows).extracting(ImageRow::id).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
    assertThat(rows).extracting(ImageRow::key).containsExactly(0L, 0L, 1L, 1L, 0L, 2L);
    assertThat(rows.get(4).captions()).containsExactly("fox, a photo of fox");
  }

  @Test
  void takesNumbersForNames() throws IOException {
    write("a.parquet", "optional int64 who", "17", "4", "17");
    ImageDataset dataset = open("who", Optional.empty());
    assertThat(dataset.subjects().orElseThrow().names()).containsExactly("17", "4");
    assertThat(rows(dataset).get(1).captions()).containsExactly("a caption");
  }

  @Test
  void aCacheOfSubjectsIsAnotherOne() throws IOException {
    write("a.parquet", "optional binary who (STRING)", "dog", "cat");
    DataConfig config = config("", Optional.of("a {subject}"));
    List<String> keys =
        Stream.of(config, config.bySubject("who"))
            .map(c -> CacheKey.of(new DatasetFolder(CONFIGURATION).open(c), c, "encoder"))
            .toList();
    assertThat(keys).doesNotHaveDuplicates();
    assertThat(rows(new DatasetFolder(CONFIGURATION).open(config)).get(0).captions())
        .containsExactly("a {subject}");
  }

  @Test
  void namesRowsWithoutASubject() throws IOException {
    write("a.parquet", "optional binary who (STRING)", "dog", null, " ");
    assertThatThrownBy(() -> open("who", Optional.empty()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Missing subject: row 1 of")
        .hasMessageContaining("Missing subject: row 2 of")
        .hasMessageContaining("a.parquet has none in who (--subject_column)");
  }

  @Test
  void refusesColumnsThatAreNotThereOrNoNames() throws IOException {
    write("a.parquet", "optional double who", 0.5);
    assertThatThrownBy(() -> open("who", Optional.empty()))
        .hasMessageContaining("Unsupported column: who (--subject_column)")
        .hasMessageContaining("must be string or int");
    assertThatThrownBy(() -> open("whom", Optional.empty()))
        .hasMessageContaining("Missing column: whom (--subject_column)")
        .hasMessageContaining("did you mean who?");
  }

  @Test
  void refusesAFolderOfPictures() throws IOException {
    Files.write(folder.resolve("dog.png"), TestDataset.png(8, 8, 0));
    assertThatThrownBy(() -> open("who", Optional.of("a {subject}")))
        .hasMessageContaining("Unsupported --subject_column: who with a folder of pictures");
  }

  @Test
  void findsEachSubjectsSamplesInACacheOfTwoSizes() throws IOException {
    String location = folder.toUri().toString();
    List<CacheFile> files = new ArrayList<>();
    files.add(cache(location, "one", sample(0, 8, "dog", 0), sample(2, 8, "cat", 0)));
    files.add(cache(location, "two", sample(1, 16, "dog", 1), sample(4, 16, "dog", 3)));
    files.add(cache(location, "three", sample(3, 8, "dog", 2), sample(5, 8, "cat", 1)));
    new CacheManifest("key", 6, 0, List.of(), files).write(location, CONFIGURATION);

    Map<String, SubjectSamples> samples = SubjectIndex.read(location, CONFIGURATION);
    LatentCache cache = LatentCache.open(location, CONFIGURATION);
    assertThat(samples.keySet()).containsExactly("dog", "cat");
    assertThat(samples.get("dog").sizes()).containsExactly(2, 2);
    assertThat(samples.get("cat").sizes()).containsExactly(2);
    assertThat(Arrays.stream(samples.get("dog").places()).mapToObj(cache::get))
        .extracting(LatentSample::key)
        .containsExactly(0L, 2L, 1L, 3L);
    assertThat(Arrays.stream(samples.get("cat").places()).mapToObj(cache::get))
        .extracting(LatentSample::id)
        .containsExactly(2L, 5L);
  }

  @Test
  void whatIsDrawnForASampleIsThatOfItsNumber() {
    LatentSample subjects = sample(900, 8, "dog", 3);
    LatentSample alone =
        new LatentSample(3, subjects.captions(), subjects.latents(), subjects.flipped());
    for (int epoch = 0; epoch < 20; epoch++) {
      assertThat(subjects.caption(7, epoch)).isEqualTo(alone.caption(7, epoch));
      assertThat(subjects.latents(7, epoch)).isEqualTo(alone.latents(7, epoch));
    }
  }

  /** As they were written before there was a column for subjects. */
  @Test
  void readsCachesWithoutTheColumn() throws IOException {
    String location = folder.toUri().toString();
    LatentSample sample = sample(3, 8, "", 0);
    MessageType before =
        new MessageType(
            LatentSchema.TYPE.getName(),
            LatentSchema.TYPE.getFields().stream()
                .filter(field -> !field.getName().equals("subject"))
                .toList());
    Path file = folder.resolve("part-0.parquet");
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(
                HadoopOutputFile.fromPath(
                    new org.apache.hadoop.fs.Path(file.toUri()), CONFIGURATION))
            .withType(before)
            .build()) {
      writer.write(
          inSchema(
              before,
              LatentSchema.toGroup(
                  new LatentSample(3, sample.captions(), sample.latents(), sample.flipped()))));
    }
    CacheFile part = new CacheFile("part-0.parquet", Files.size(file), 8, 8, 3, new long[] {1});
    new CacheManifest("key", 1, 0, List.of(), List.of(part)).write(location, CONFIGURATION);

    LatentSample read = LatentCache.open(location, CONFIGURATION).get(0);
    assertThat(read.subject()).isEmpty();
    assertThat(read.key()).isEqualTo(3);
    assertThatThrownBy(() -> SubjectIndex.read(location, CONFIGURATION))
        .hasMessageContaining("Invalid latent cache: it was made without --subject_column");
  }

  /** The same row in a schema that has fewer fields. */
  private static Group inSchema(MessageType schema, Group row) {
    Group fewer = new SimpleGroup(schema);
    for (Type field : schema.getFields()) {
      String name = field.getName();
      if (row.getFieldRepetitionCount(name) == 0) {
        continue;
      }
      if (!field.isPrimitive()) {
        fewer.add(schema.getFieldIndex(name), row.getGroup(name, 0));
        continue;
      }
      switch (field.asPrimitiveType().getPrimitiveTypeName()) {
        case INT64 -> fewer.add(name, row.getLong(name, 0));
        case INT32 -> fewer.add(name, row.getInteger(name, 0));
        default -> fewer.add(name, row.getBinary(name, 0));
      }
    }
    return fewer;
  }

  private static CacheFile cache(String location, String name, LatentSample... samples)
      throws IOException {
    try (LatentCacheWriter writer =
        new LatentCacheWriter(location, name + ".parquet", samples[0], CONFIGURATION)) {
      for (LatentSample sample : List.of(samples).subList(1, samples.length)) {
        writer.write(sample);
      }
      return writer.finish();
    }
  }

  private static LatentSample sample(long id, int side, String subject, long number) {
    float[] values = new float[side * side];
    Arrays.fill(values, (float) id);
    return new LatentSample(
        id,
        List.of(new Caption("one", new int[] {1}), new Caption("two", new int[] {2})),
        new Posterior(1, side, side, values, Optional.empty()),
        Optional.of(new Posterior(1, side, side, values.clone(), Optional.empty())),
        Optional.empty(),
        Optional.of(new SubjectRow(subject, number)));
  }

  private void write(String file, String column, Object... subjects) throws IOException {
    MessageType schema =
        MessageTypeParser.parseMessageType(
            "message m { optional binary image; optional binary text (STRING); %s; }"
                .formatted(column));
    List<Consumer<Group>> rows = new ArrayList<>();
    for (Object subject : subjects) {
      rows.add(
          group -> {
            group.add("image", Binary.fromConstantByteArray(TestDataset.png(8, 8, 0)));
            group.add("text", "a caption");
            if (column.contains("int64")) {
              group.add("who", Long.parseLong((String) subject));
            } else if (subject instanceof Double number) {
              group.add("who", number);
            } else if (subject != null) {
              group.add("who", (String) subject);
            }
          });
    }
    TestDataset.write(folder.resolve(file), schema, rows);
  }

  private ImageDataset open(String column, Optional<String> prompt) {
    return new DatasetFolder(CONFIGURATION).open(config(column, prompt));
  }

  private DataConfig config(String column, Optional<String> prompt) {
    DataConfig plain = TestDataset.config(folder.toString(), 8);
    return TestDataset.with(plain, plain.columns().with(prompt)).bySubject(column);
  }

  private static List<ImageRow> rows(ImageDataset dataset) throws IOException {
    List<ImageRow> rows = new ArrayList<>();
    for (RowRange range : dataset.ranges()) {
      try (ImageRows open = range.open(CONFIGURATION)) {
        for (Optional<ImageRow> row = open.next(); row.isPresent(); row = open.next()) {
          rows.add(row.get());
        }
      }
    }
    return rows;
  }
}
