package org.sparklora.report.track;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Records of a {@code .wandb} file: wandb/proto/wandb_internal.proto. */
final class WandbRecord {
  private static final int NUMBER = 1;
  private static final int HISTORY = 2;
  private static final int FILES = 6;
  private static final int RUN = 17;
  private static final int EXIT = 18;

  private static final int HISTORY_STEP = 2;
  private static final int VALUE_JSON = 16;

  private WandbRecord() {}

  /** A run's names, from WANDB_* variables if they are set. */
  record Names(String id, String entity, String project, String group, String name, String notes) {}

  static byte[] run(
      long number, Names names, List<String> tags, Map<String, String> config, Instant start) {
    ProtoMessage update = new ProtoMessage();
    config.forEach((key, value) -> update.message(1, item(key, value)));
    ProtoMessage run = new ProtoMessage().text(1, names.id());
    run.text(2, names.entity()).text(3, names.project()).message(4, update);
    run.text(6, names.group()).text(8, names.name()).text(9, names.notes());
    tags.forEach(tag -> run.text(10, tag));
    run.message(
        17, new ProtoMessage().integer(1, start.getEpochSecond()).integer(2, start.getNano()));
    return record(number, RUN, run);
  }

  /**
   * A row of the history.
   *
   * @param values by name: numbers, or a picture's description as JSON
   */
  static byte[] history(long number, long step, Map<String, ?> values) {
    ProtoMessage history = new ProtoMessage();
    values.forEach((key, value) -> history.message(1, item(key, value)));
    history.message(HISTORY_STEP, new ProtoMessage().integer(1, step));
    return record(number, HISTORY, history);
  }

  /** Files of the run's folder that are uploaded with it. */
  static byte[] files(long number, List<String> paths) {
    ProtoMessage files = new ProtoMessage();
    paths.forEach(path -> files.message(1, new ProtoMessage().text(1, path)));
    return record(number, FILES, files);
  }

  static byte[] exit(long number, int code, long seconds) {
    return record(number, EXIT, new ProtoMessage().integer(1, code).integer(2, seconds));
  }

  private static byte[] record(long number, int field, ProtoMessage value) {
    return new ProtoMessage().integer(NUMBER, number).message(field, value).toBytes();
  }

  private static ProtoMessage item(String key, Object value) {
    try {
      return new ProtoMessage().text(1, key).text(VALUE_JSON, JSON.writeValueAsString(value));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("Cannot write " + key + " as JSON", e);
    }
  }

  /** Whether a run that resumes after a step keeps a record. It drops later rows and the end. */
  static boolean isKept(byte[] record, long lastStep) {
    ByteBuffer history = field(ByteBuffer.wrap(record), HISTORY);
    if (history.hasRemaining()) {
      return integer(field(history, HISTORY_STEP), 1).orElse(0) <= lastStep;
    }
    return !field(ByteBuffer.wrap(record), EXIT).hasRemaining();
  }

  static long number(byte[] record) {
    return integer(ByteBuffer.wrap(record), NUMBER).orElse(0);
  }

  /** The content of the first length-delimited field of this number; otherwise an empty buffer. */
  private static ByteBuffer field(ByteBuffer message, int wanted) {
    ByteBuffer rest = message.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    while (rest.hasRemaining()) {
      long tag = varint(rest);
      switch ((int) (tag & 7)) {
        case 0 -> varint(rest);
        case 1 -> rest.position(rest.position() + Long.BYTES);
        case 2 -> {
          int length = (int) varint(rest);
          if (tag >>> 3 == wanted) {
            return rest.slice(rest.position(), length);
          }
          rest.position(rest.position() + length);
        }
        default -> rest.position(rest.position() + Integer.BYTES);
      }
    }
    return ByteBuffer.allocate(0);
  }

  /** The integer of a message's first field; empty if that is another field. */
  private static OptionalLong integer(ByteBuffer message, int field) {
    ByteBuffer rest = message.duplicate();
    return rest.hasRemaining() && varint(rest) == (long) field << 3
        ? OptionalLong.of(varint(rest))
        : OptionalLong.empty();
  }

  private static long varint(ByteBuffer bytes) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = bytes.get();
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
