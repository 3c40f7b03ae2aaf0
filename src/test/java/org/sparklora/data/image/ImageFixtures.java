package org.sparklora.data.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Pictures and what Pillow makes of them, from src/test/python/make_image_fixtures.py and
 * make_odd_pictures.py.
 */
final class ImageFixtures {
  private ImageFixtures() {}

  static Stream<JsonNode> cases(String kind) {
    return cases("golden.json", kind);
  }

  static Stream<JsonNode> oddCases(String kind) {
    return cases("odd/odd.json", kind);
  }

  private static Stream<JsonNode> cases(String file, String kind) {
    try {
      JsonNode golden = new ObjectMapper().readTree(bytes(file));
      return StreamSupport.stream(golden.get(kind).spliterator(), false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] bytes(String name) {
    try (InputStream in = ImageFixtures.class.getResourceAsStream("/images/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Pixels pixels(String name) throws UndecodableImageException {
    return new ImageDecoder().decode(bytes(name));
  }

  static ImageInterpolation interpolation(JsonNode testCase) {
    return ImageInterpolation.valueOf(testCase.get("filter").asText().toUpperCase(Locale.ROOT));
  }

  static String sha256(float[] values) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    return sha256(buffer.array());
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
