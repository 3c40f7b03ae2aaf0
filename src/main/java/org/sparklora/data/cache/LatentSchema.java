package org.sparklora.data.cache;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.sparklora.data.caption.Caption;
import org.sparklora.data.row.SubjectRow;
import org.sparklora.util.InvalidInputException;

/**
 * The columns of a latent cache. Numbers are raw, little-endian: fp32 latents, int32 token ids.
 * Columns of little data, and those that most caches leave empty, come first and lie side by side:
 * one request reads them. Files of earlier versions have another order.
 */
public final class LatentSchema {
  private static final String SUBJECT = "subject";
  private static final String SUBJECT_NAME = "name";
  private static final String FRAME = "frame";

  public static final MessageType TYPE =
      MessageTypeParser.parseMessageType(
          """
          message latent_sample {
            required int64 sample_id;
            required group captions (LIST) {
              repeated group list {
                required group element {
                  required binary text (STRING);
                  required binary token_ids;
                }
              }
            }
            required int32 channels;
            required int32 height;
            required int32 width;
            optional group subject {
              required binary name (STRING);
              required int64 number;
            }
            optional group frame {
              required int32 original_height;
              required int32 original_width;
              required int32 top;
              required int32 left;
              required int32 flipped_left;
              required int32 target_height;
              required int32 target_width;
            }
            optional binary mask;
            optional binary flipped_mean;
            optional binary flipped_log_variance;
            optional binary log_variance;
            required binary mean;
          }
          """);

  /** Columns for which statistics of smallest and largest value are useless. */
  static final List<String> RAW_COLUMNS =
      List.of(
          "captions.list.element.token_ids",
          "mean",
          "log_variance",
          "flipped_mean",
          "flipped_log_variance",
          "mask");

  private LatentSchema() {}

  public static Group toGroup(LatentSample sample) {
    Group row = new SimpleGroup(TYPE);
    Posterior latents = sample.latents();
    row.add("sample_id", sample.id());
    Group captions = row.addGroup("captions");
    for (Caption caption : sample.captions()) {
      Group element = captions.addGroup("list").addGroup("element");
      element.add("text", caption.text());
      element.add("token_ids", raw(caption.tokenIds()));
    }
    row.add("channels", latents.channels());
    row.add("height", latents.height());
    row.add("width", latents.width());
    row.add("mean", raw(latents.mean()));
    latents.logVariance().ifPresent(v -> row.add("log_variance", raw(v)));
    sample.flipped().ifPresent(f -> row.add("flipped_mean", raw(f.mean())));
    sample
        .flipped()
        .flatMap(Posterior::logVariance)
        .ifPresent(v -> row.add("flipped_log_variance", raw(v)));
    sample.mask().ifPresent(mask -> row.add("mask", raw(mask)));
    sample
        .subject()
        .ifPresent(
            s -> row.addGroup(SUBJECT).append(SUBJECT_NAME, s.name()).append("number", s.number()));
    sample.frame().ifPresent(frame -> add(row.addGroup(FRAME), frame, sample.flippedFrame()));
    return row;
  }

  private static void add(Group group, CropFrame frame, Optional<CropFrame> flipped) {
    group
        .append("original_height", frame.originalHeight())
        .append("original_width", frame.originalWidth())
        .append("top", frame.top())
        .append("left", frame.left())
        .append("flipped_left", flipped.orElse(frame).left())
        .append("target_height", frame.targetHeight())
        .append("target_width", frame.targetWidth());
  }

  /** Reads the frame; empty in a cache for a model that takes none. */
  private static Optional<CropFrame> frame(Group row, String left) {
    if (!row.getType().containsField(FRAME) || row.getFieldRepetitionCount(FRAME) == 0) {
      return Optional.empty();
    }
    Group frame = row.getGroup(FRAME, 0);
    return Optional.of(
        new CropFrame(
            frame.getInteger("original_height", 0),
            frame.getInteger("original_width", 0),
            frame.getInteger("top", 0),
            frame.getInteger(left, 0),
            frame.getInteger("target_height", 0),
            frame.getInteger("target_width", 0)));
  }

  static LatentSample fromGroup(Group row) {
    return new LatentSample(
        row.getLong("sample_id", 0),
        captions(row.getGroup("captions", 0)),
        posterior(row, floats(row, "mean").orElseThrow(), floats(row, "log_variance")),
        floats(row, "flipped_mean")
            .map(mean -> posterior(row, mean, floats(row, "flipped_log_variance"))),
        floats(row, "mask"),
        subject(row),
        frame(row, "left"),
        frame(row, "flipped_left"));
  }

  /** The subject of a row. Caches of versions without subjects have no column for it. */
  private static Optional<SubjectRow> subject(Group row) {
    if (!row.getType().containsField(SUBJECT) || row.getFieldRepetitionCount(SUBJECT) == 0) {
      return Optional.empty();
    }
    Group subject = row.getGroup(SUBJECT, 0);
    return Optional.of(
        new SubjectRow(subject.getString(SUBJECT_NAME, 0), subject.getLong("number", 0)));
  }

  /**
   * The schema to read a file's subjects with.
   *
   * @throws InvalidInputException (DATA) when the file has no subjects
   */
  static MessageType subjectsOf(MessageType schema) {
    if (!schema.containsField(SUBJECT)) {
      throw InvalidInputException.data(
          "Invalid latent cache: it was made without --subject_column; delete its folder");
    }
    return new MessageType(schema.getName(), schema.getType(SUBJECT));
  }

  /** The schema to read a file's captions with. */
  static MessageType captionsOf(MessageType schema) {
    return new MessageType(schema.getName(), schema.getType("captions"));
  }

  /** The captions of a row that was read with that schema. */
  static List<Caption> captionsOfRow(Group row) {
    return captions(row.getGroup("captions", 0));
  }

  /** The subject's name in a row that was read with that schema. */
  static String subjectName(Group row) {
    return row.getGroup(SUBJECT, 0).getString(SUBJECT_NAME, 0);
  }

  /** The bytes of a sample's raw columns, which are the same in a file and in memory. */
  static long rawBytes(LatentSample sample) {
    long values = 0;
    for (Caption caption : sample.captions()) {
      values += caption.tokenIds().length + caption.text().length();
    }
    values += sample.mask().map(mask -> mask.length).orElse(0);
    values += values(sample.latents()) + sample.flipped().map(LatentSchema::values).orElse(0);
    return values * Float.BYTES;
  }

  private static int values(Posterior posterior) {
    return posterior.mean().length * (posterior.logVariance().isPresent() ? 2 : 1);
  }

  private static List<Caption> captions(Group list) {
    List<Caption> captions = new ArrayList<>();
    for (int i = 0; i < list.getFieldRepetitionCount("list"); i++) {
      Group element = list.getGroup("list", i).getGroup("element", 0);
      captions.add(
          new Caption(element.getString("text", 0), ints(element.getBinary("token_ids", 0))));
    }
    return captions;
  }

  private static Posterior posterior(Group row, float[] mean, Optional<float[]> logVariance) {
    return new Posterior(
        row.getInteger("channels", 0),
        row.getInteger("height", 0),
        row.getInteger("width", 0),
        mean,
        logVariance);
  }

  private static Optional<float[]> floats(Group row, String column) {
    // Caches of versions without masks have no column for them.
    if (!row.getType().containsField(column) || row.getFieldRepetitionCount(column) == 0) {
      return Optional.empty();
    }
    ByteBuffer bytes = row.getBinary(column, 0).toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return Optional.of(values);
  }

  private static int[] ints(Binary binary) {
    ByteBuffer bytes = binary.toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    int[] values = new int[bytes.remaining() / Integer.BYTES];
    bytes.asIntBuffer().get(values);
    return values;
  }

  private static Binary raw(float[] values) {
    byte[] bytes = new byte[values.length * Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return Binary.fromConstantByteArray(bytes);
  }

  private static Binary raw(int[] values) {
    byte[] bytes = new byte[values.length * Integer.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(values);
    return Binary.fromConstantByteArray(bytes);
  }
}
