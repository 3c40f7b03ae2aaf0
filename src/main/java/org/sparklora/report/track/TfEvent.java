package org.sparklora.report.track;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Events of TensorBoard (tensorflow/core/util/event.proto, framework/summary.proto), each framed as
 * a TFRecord: length, masked CRC-32C of it, data, masked CRC-32C of them.
 */
final class TfEvent {
  // Event
  private static final int WALL_TIME = 1;
  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;
  private static final int SESSION_LOG = 7;
  private static final int SESSION_START = 1;

  // Summary.Value
  private static final int TAG = 1;
  private static final int SIMPLE_VALUE = 2;
  private static final int IMAGE = 4;
  private static final int TENSOR = 8;
  private static final int METADATA = 9;

  private static final int RGB = 3;
  private static final int STRING_TENSOR = 7;

  private static final String HPARAMS = "hparams";

  private final Instant at;
  private final long step;
  private final ProtoMessage summary = new ProtoMessage();

  TfEvent(Instant at, long step) {
    this.at = at;
    this.step = step;
  }

  /** The first event of every file. */
  static byte[] fileVersion(Instant at) {
    return framed(event(at, 0).text(FILE_VERSION, "brain.Event:2"));
  }

  /**
   * A session start at a step. Readers then forget earlier events of this step and of later steps.
   */
  static byte[] start(Instant at, long step) {
    return framed(
        event(at, step).message(SESSION_LOG, new ProtoMessage().integer(1, SESSION_START)));
  }

  TfEvent scalars(Map<String, Double> values) {
    values.forEach(
        (name, value) ->
            add(new ProtoMessage().text(TAG, name).float32(SIMPLE_VALUE, value.floatValue())));
    return this;
  }

  TfEvent image(String name, PicturePair picture) {
    ProtoMessage image =
        new ProtoMessage()
            .integer(1, picture.height())
            .integer(2, picture.width())
            .integer(3, RGB)
            .bytes(4, picture.png());
    return add(new ProtoMessage().text(TAG, name).message(IMAGE, image));
  }

  /** Adds a text in Markdown. */
  TfEvent text(String name, String markdown) {
    ProtoMessage shape = new ProtoMessage().message(2, new ProtoMessage().integer(1, 1));
    ProtoMessage tensor =
        new ProtoMessage().integer(1, STRING_TENSOR).message(2, shape).text(8, markdown);
    return add(
        new ProtoMessage()
            .text(TAG, name)
            .message(TENSOR, tensor)
            .message(METADATA, plugin("text", new ProtoMessage())));
  }

  /** The run's flags, for the table of the plugin "hparams". */
  TfEvent hyperparameters(String run, Map<String, String> flags) {
    ProtoMessage start = new ProtoMessage();
    flags.forEach((flag, value) -> start.message(1, entry(flag, value)));
    start.text(4, run).float64(5, seconds(at));
    return add(hparams("_hparams_/session_start_info", 3, start));
  }

  /** The end of the session that {@link #hyperparameters} began. */
  TfEvent end(boolean success) {
    ProtoMessage end = new ProtoMessage().integer(1, success ? 1 : 2).float64(2, seconds(at));
    return add(hparams("_hparams_/session_end_info", 4, end));
  }

  byte[] toBytes() {
    return framed(event(at, step).message(SUMMARY, summary));
  }

  private TfEvent add(ProtoMessage value) {
    summary.message(1, value);
    return this;
  }

  private static ProtoMessage hparams(String tag, int field, ProtoMessage info) {
    // Readers look for a tensor, so there must be one, even without floats.
    ProtoMessage shape = new ProtoMessage().message(2, new ProtoMessage());
    ProtoMessage nothing = new ProtoMessage().integer(1, 1).message(2, shape);
    return new ProtoMessage()
        .text(TAG, tag)
        .message(TENSOR, nothing)
        .message(METADATA, plugin(HPARAMS, new ProtoMessage().integer(1, 0).message(field, info)));
  }

  /** A flag's value, as a number if it is one, so that the table can be sorted by it. */
  private static ProtoMessage entry(String key, String value) {
    ProtoMessage wrapped = new ProtoMessage();
    try {
      wrapped.float64(2, Double.parseDouble(value));
    } catch (NumberFormatException e) {
      wrapped.text(3, value);
    }
    return new ProtoMessage().text(1, key).message(2, wrapped);
  }

  private static ProtoMessage plugin(String name, ProtoMessage content) {
    return new ProtoMessage().message(1, new ProtoMessage().text(1, name).message(2, content));
  }

  private static ProtoMessage event(Instant at, long step) {
    return new ProtoMessage().float64(WALL_TIME, seconds(at)).integer(STEP, step);
  }

  private static double seconds(Instant at) {
    return at.toEpochMilli() / 1e3;
  }

  private static byte[] framed(ProtoMessage event) {
    byte[] data = event.toBytes();
    ByteBuffer frame = ByteBuffer.allocate(Long.BYTES + 2 * Integer.BYTES + data.length);
    frame.order(ByteOrder.LITTLE_ENDIAN).putLong(data.length);
    frame.putInt(maskedCrc(frame.array(), 0, Long.BYTES));
    frame.put(data);
    return frame.putInt(maskedCrc(data, 0, data.length)).array();
  }

  /** tensorflow/core/lib/hash/crc32c.h: rotated right by 15 bits, plus a constant. */
  private static int maskedCrc(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }
}
