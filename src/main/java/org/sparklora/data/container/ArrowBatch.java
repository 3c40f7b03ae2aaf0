package org.sparklora.data.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Type;

/**
 * A record batch of an Arrow file. Only the buffers that are asked for are read.
 *
 * @param body number of the first byte of its buffers in the file
 * @param length of all buffers in bytes
 */
record ArrowBatch(FileBytes file, RecordBatch header, long body, long length) {
  /** The places of values of varying length, one after the other, in a file. */
  record Slices(long[] ends) {
    /** Number of the first byte of a value. */
    long from(int value) {
      return ends[value];
    }

    long bytes(int value) {
      return ends[value + 1] - ends[value];
    }
  }

  /** Number of rows. */
  int rows() throws IOException {
    return rows(header.length());
  }

  private int rows(long rows) throws IOException {
    if (rows < 0 || rows >= Integer.MAX_VALUE || rows > length) { // each takes several bytes
      throw new IOException("it is damaged: a batch has " + rows + " rows");
    }
    return (int) rows;
  }

  /** Number of values of a field. */
  int values(ArrowFields.Place field) throws IOException {
    if (field.node() >= header.nodesLength()) {
      throw new IOException("it is damaged: a batch has too few fields");
    }
    return rows(header.nodes(field.node()).length());
  }

  /** Whether each value of a field is there. */
  boolean[] valid(ArrowFields.Place field) throws IOException {
    boolean[] valid = new boolean[values(field)];
    Buffer bits = buffer(field.buffer());
    byte[] content =
        bits.length() == 0 ? new byte[0] : file.at(body + bits.offset(), bits.length());
    if (content.length > 0 && content.length * 8L < valid.length) {
      throw new IOException("it is damaged: a batch has too few bits for null values");
    }
    for (int i = 0; i < valid.length; i++) {
      valid[i] = content.length == 0 || (content[i / 8] >> i % 8 & 1) != 0;
    }
    return valid;
  }

  /** Where the values of a binary or text field are in the file. */
  Slices slices(ArrowFields.Place field) throws IOException {
    Buffer data = buffer(field.buffer() + 2);
    long[] ends = offsets(field, data.length());
    for (int i = 0; i < ends.length; i++) {
      ends[i] += body + data.offset();
    }
    return new Slices(ends);
  }

  /**
   * The offsets of a field of varying length: value i is from offset i to offset i + 1.
   *
   * @param most the largest offset that is allowed
   */
  long[] offsets(ArrowFields.Place field, long most) throws IOException {
    int values = values(field);
    if (values == 0) {
      return new long[1];
    }
    boolean large =
        switch (field.type()) {
          case Type.LargeBinary, Type.LargeUtf8, Type.LargeList -> true;
          default -> false;
        };
    long wanted = (values + 1L) * (large ? Long.BYTES : Integer.BYTES);
    Buffer buffer = buffer(field.buffer() + 1);
    if (buffer.length() < wanted) {
      throw new IOException("it is damaged: a batch has too few offsets");
    }
    ByteBuffer content =
        ByteBuffer.wrap(file.at(body + buffer.offset(), wanted)).order(ByteOrder.LITTLE_ENDIAN);
    long[] offsets = new long[values + 1];
    for (int i = 0; i <= values; i++) {
      offsets[i] = large ? content.getLong() : content.getInt();
      if (offsets[i] < (i == 0 ? 0 : offsets[i - 1]) || offsets[i] > most) {
        throw new IOException("it is damaged: a batch has offsets outside of its data");
      }
    }
    return offsets;
  }

  private Buffer buffer(int number) throws IOException {
    if (number >= header.buffersLength()) {
      throw new IOException("it is damaged: a batch has too few buffers");
    }
    Buffer buffer = header.buffers(number);
    boolean inside =
        buffer.offset() >= 0
            && buffer.length() >= 0
            && buffer.offset() <= length
            && buffer.length() <= length - buffer.offset();
    if (!inside) {
      throw new IOException("it is damaged: a buffer is outside of its batch");
    }
    return buffer;
  }
}
