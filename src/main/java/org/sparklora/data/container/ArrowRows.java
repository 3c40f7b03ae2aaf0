package org.sparklora.data.container;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.flatbuf.Type;
import org.sparklora.data.caption.CaptionText;
import org.sparklora.util.NearestName;

/**
 * Reads the rows of an Arrow file: where each picture's bytes are, and the captions.
 *
 * @param pictures the column that holds bytes
 * @param struct the column around it, if there is one
 * @param captions the column of captions, if it is read
 */
record ArrowRows(
    ArrowFields.Place pictures,
    Optional<ArrowFields.Place> struct,
    Optional<ArrowFields.Place> captions) {
  private static final String BYTES = "bytes";

  static List<ContainedRow> rows(FileBytes file, SampleColumns columns) throws IOException {
    try {
      ArrowMessages messages = ArrowMessages.of(file);
      ArrowRows reader = of(ArrowFields.of(messages.schema()), columns);
      List<ContainedRow> rows = new ArrayList<>();
      for (ArrowBatch batch : messages.batches()) {
        reader.add(batch, rows);
      }
      return rows;
    } catch (RuntimeException e) {
      // The tables of Arrow's headers do not check what they refer to.
      throw new IOException("it is damaged: its headers refer to bytes that are not there", e);
    }
  }

  private static ArrowRows of(List<ArrowFields.Place> fields, SampleColumns columns)
      throws IOException {
    ArrowFields.Place image = column(fields, columns.image(), "--image_column");
    Optional<ArrowFields.Place> caption =
        columns.caption().isEmpty()
            ? Optional.empty()
            : Optional.of(column(fields, columns.caption().get(), "--caption_column"));
    ArrowFields.Place bytes = image.child(BYTES).orElse(image);
    if (bytes.type() != Type.Binary && bytes.type() != Type.LargeBinary) {
      throw new IOException(
          "its column "
              + image.name()
              + " (--image_column) is neither binary nor struct<bytes: binary>");
    }
    if (caption.isPresent() && !isText(caption.get()) && !isTexts(caption.get())) {
      throw new IOException(
          "its column "
              + caption.get().name()
              + " (--caption_column) is neither a string nor a list of strings");
    }
    return new ArrowRows(
        bytes, Optional.of(image).filter(column -> !column.equals(bytes)), caption);
  }

  private static ArrowFields.Place column(List<ArrowFields.Place> fields, String name, String flag)
      throws IOException {
    List<String> names = fields.stream().map(ArrowFields.Place::name).toList();
    return fields.stream()
        .filter(field -> field.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IOException(
                    "it has no column "
                        + name
                        + " ("
                        + flag
                        + "); its columns are "
                        + String.join(", ", names)
                        + NearestName.likely(name, names)
                            .map(near -> ", did you mean " + near + "?")
                            .orElse("")));
  }

  private static boolean isText(ArrowFields.Place field) {
    return field.type() == Type.Utf8 || field.type() == Type.LargeUtf8;
  }

  private static boolean isTexts(ArrowFields.Place field) {
    boolean list = field.type() == Type.List || field.type() == Type.LargeList;
    return list && isText(field.children().get(0));
  }

  private void add(ArrowBatch batch, List<ContainedRow> rows) throws IOException {
    int count = batch.rows();
    ArrowBatch.Slices places = batch.slices(pictures);
    boolean[] there = batch.valid(pictures);
    boolean[] around = new boolean[count];
    Arrays.fill(around, true);
    if (struct.isPresent()) {
      around = batch.valid(struct.get());
    }
    List<List<String>> texts =
        captions.isPresent()
            ? captions(batch, captions.get())
            : Collections.nCopies(count, List.of());
    if (there.length != count || around.length != count || texts.size() != count) {
      throw new IOException("it is damaged: the columns of a batch differ in length");
    }
    for (int i = 0; i < count; i++) {
      long bytes = there[i] && around[i] ? places.bytes(i) : 0;
      rows.add(
          new ContainedRow(
              "row " + rows.size(),
              places.from(i),
              bytes,
              texts.get(i),
              "has no bytes",
              "has a blank one in " + captions.map(ArrowFields.Place::name).orElse("")));
    }
  }

  private static List<List<String>> captions(ArrowBatch batch, ArrowFields.Place column)
      throws IOException {
    if (isText(column)) {
      return texts(batch, column).stream().map(ArrowRows::ofText).toList();
    }
    List<Optional<String>> elements = texts(batch, column.children().get(0));
    long[] ends = batch.offsets(column, elements.size());
    boolean[] valid = batch.valid(column);
    List<List<String>> captions = new ArrayList<>();
    for (int i = 0; i < valid.length; i++) {
      List<String> row =
          elements.subList((int) ends[i], (int) ends[i + 1]).stream()
              .flatMap(Optional::stream)
              .toList();
      captions.add(valid[i] ? CaptionText.present(row) : List.of());
    }
    return captions;
  }

  private static List<String> ofText(Optional<String> text) {
    return text.map(CaptionText::captions).orElse(List.of());
  }

  private static List<Optional<String>> texts(ArrowBatch batch, ArrowFields.Place column)
      throws IOException {
    ArrowBatch.Slices places = batch.slices(column);
    boolean[] valid = batch.valid(column);
    if (valid.length == 0) {
      return List.of();
    }
    long from = places.from(0);
    byte[] all = batch.file().at(from, places.from(valid.length) - from);
    List<Optional<String>> texts = new ArrayList<>();
    for (int i = 0; i < valid.length; i++) {
      int start = (int) (places.from(i) - from);
      int length = (int) places.bytes(i);
      texts.add(
          valid[i]
              ? Optional.of(new String(all, start, length, StandardCharsets.UTF_8))
              : Optional.empty());
    }
    return texts;
  }
}
