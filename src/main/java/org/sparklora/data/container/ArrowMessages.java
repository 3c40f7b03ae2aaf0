package org.sparklora.data.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Schema;
import org.sparklora.util.ForeignFile;

/**
 * The messages of an Arrow stream, or of an Arrow file, which is a stream between two marks:
 * https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
 *
 * @param schema of all batches
 */
record ArrowMessages(Schema schema, List<ArrowBatch> batches) {
  private static final byte[] MARK = "ARROW1".getBytes(StandardCharsets.US_ASCII);
  private static final int CONTINUATION = -1;
  private static final int WORD = Long.BYTES;

  /** A message, and where its body is. */
  private record Read(Message message, long body, long end) {}

  /**
   * Reads the headers of all messages.
   *
   * @throws IOException when it is no Arrow, is cut short, or is compressed
   */
  static ArrowMessages of(FileBytes file) throws IOException {
    Read first = read(file, start(file)).orElseThrow(() -> new IOException("it is empty"));
    if (first.message().headerType() != MessageHeader.Schema) {
      throw new IOException("it is damaged: it does not begin with a schema");
    }
    Schema schema = (Schema) first.message().header(new Schema());
    List<ArrowBatch> batches = new ArrayList<>();
    Optional<Read> next = read(file, first.end());
    while (next.isPresent()) {
      Read read = next.get();
      if (read.message().headerType() == MessageHeader.RecordBatch) {
        RecordBatch batch = (RecordBatch) read.message().header(new RecordBatch());
        if (batch.compression() != null) {
          throw new IOException("its batches are compressed; write it without compression");
        }
        batches.add(new ArrowBatch(file, batch, read.body(), read.end() - read.body()));
      }
      next = read(file, read.end());
    }
    return new ArrowMessages(schema, batches);
  }

  private static long start(FileBytes file) throws IOException {
    if (file.length() < WORD) {
      throw new IOException("it is no Arrow file");
    }
    byte[] head = file.at(0, Math.min(file.length(), ForeignFile.HEAD_BYTES));
    Optional<ForeignFile> foreign = ForeignFile.of(head);
    if (foreign.isPresent()) {
      throw new IOException(foreign.get().text());
    }
    if (Arrays.equals(Arrays.copyOf(head, MARK.length), MARK)) {
      return WORD;
    }
    int length = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt();
    if (length < CONTINUATION || length > file.length()) {
      throw new IOException("it is no Arrow file");
    }
    return 0;
  }

  /**
   * Reads a message; empty at the end mark. A file without an end mark was not written to its end.
   */
  private static Optional<Read> read(FileBytes file, long at) throws IOException {
    long from = at + Integer.BYTES;
    int length = word(file, at);
    if (length == CONTINUATION) {
      length = word(file, from);
      from += Integer.BYTES;
    }
    if (length == 0) {
      if (start(file) == 0 && from != file.length()) {
        throw new IOException("it is damaged: it goes on after an end at byte " + at);
      }
      return Optional.empty();
    }
    if (length < 0) {
      throw new IOException("it is damaged: at byte " + at + " no message begins");
    }
    Message message = Message.getRootAsMessage(ByteBuffer.wrap(file.at(from, length)));
    long body = from + length;
    file.requireThere(body, message.bodyLength());
    return Optional.of(new Read(message, body, body + message.bodyLength()));
  }

  private static int word(FileBytes file, long at) throws IOException {
    return ByteBuffer.wrap(file.at(at, Integer.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }
}
