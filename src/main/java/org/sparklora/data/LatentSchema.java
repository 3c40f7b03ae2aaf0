package org.sparklora.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** The latent cache's Parquet schema; arrays are little-endian bytes. */
final class LatentSchema {
  static final MessageType TYPE =
      MessageTypeParser.parseMessageType(
          """
          message latents {
            required int64 id;
            required binary caption (STRING);
            required binary token_ids;
            required int32 channels;
            required int32 height;
            required int32 width;
            required binary mean;
            optional binary log_variance;
            optional binary flipped_mean;
            optional binary flipped_log_variance;
          }
          """);

  private LatentSchema() {}

  static Group write(LatentSample sample) {
    Group group = new SimpleGroupFactory(TYPE).newGroup();
    group.add("id", sample.id());
    group.add("caption", sample.caption());
    group.add("token_ids", bytes(sample.tokenIds()));
    group.add("channels", sample.channels());
    group.add("height", sample.height());
    group.add("width", sample.width());
    write(group, "", sample.plain());
    sample.flipped().ifPresent(flipped -> write(group, "flipped_", flipped));
    return group;
  }

  static LatentSample read(Group group) {
    return new LatentSample(
        group.getLong("id", 0),
        group.getString("caption", 0),
        ints(group.getBinary("token_ids", 0)),
        group.getInteger("channels", 0),
        group.getInteger("height", 0),
        group.getInteger("width", 0),
        latents(group, ""),
        group.getFieldRepetitionCount("flipped_mean") == 0
            ? Optional.empty()
            : Optional.of(latents(group, "flipped_")));
  }

  private static void write(Group group, String prefix, Latents latents) {
    group.add(prefix + "mean", bytes(latents.mean()));
    latents.logVariance().ifPresent(value -> group.add(prefix + "log_variance", bytes(value)));
  }

  private static Latents latents(Group group, String prefix) {
    String logVariance = prefix + "log_variance";
    return new Latents(
        floats(group.getBinary(prefix + "mean", 0)),
        group.getFieldRepetitionCount(logVariance) == 0
            ? Optional.empty()
            : Optional.of(floats(group.getBinary(logVariance, 0))));
  }

  private static Binary bytes(float[] values) {
    ByteBuffer bytes = littleEndian(Float.BYTES * values.length);
    bytes.asFloatBuffer().put(values);
    return Binary.fromConstantByteBuffer(bytes);
  }

  private static Binary bytes(int[] values) {
    ByteBuffer bytes = littleEndian(Integer.BYTES * values.length);
    bytes.asIntBuffer().put(values);
    return Binary.fromConstantByteBuffer(bytes);
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static float[] floats(Binary binary) {
    ByteBuffer bytes = binary.toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  private static int[] ints(Binary binary) {
    ByteBuffer bytes = binary.toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    int[] values = new int[bytes.remaining() / Integer.BYTES];
    bytes.asIntBuffer().get(values);
    return values;
  }
}
