package org.sparklora.model.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.util.InvalidInputException;

/**
 * The JSON header of a safetensors file.
 *
 * @param entries by name, in order of their bytes
 * @param metadata the {@code __metadata__} entry, sorted by key
 */
record SafetensorsHeader(Map<String, Entry> entries, Map<String, String> metadata) {
  static final String METADATA = "__metadata__";

  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .reader();

  /**
   * A tensor and where its bytes begin.
   *
   * @param offset from the first byte after the header
   */
  record Entry(TensorInfo info, long offset) {}

  /**
   * Reads and checks a header: the tensors must fill the data section exactly, without gaps and
   * without sharing a byte.
   *
   * @param dataBytes number of bytes after the header
   */
  static SafetensorsHeader parse(ByteBuffer bytes, long dataBytes, String source) {
    JsonNode root = json(bytes, source);
    List<Entry> entries = new ArrayList<>();
    Map<String, String> metadata = Map.of();
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (field.getKey().equals(METADATA)) {
        metadata = metadata(field.getValue(), source);
      } else {
        entries.add(entry(field.getKey(), field.getValue(), source));
      }
    }
    entries.sort(Comparator.comparingLong(Entry::offset).thenComparing(e -> e.info().bytes()));
    checkFills(entries, dataBytes, source);
    Map<String, Entry> byName = new LinkedHashMap<>();
    entries.forEach(entry -> byName.put(entry.info().name(), entry));
    return new SafetensorsHeader(Collections.unmodifiableMap(byName), metadata);
  }

  private static JsonNode json(ByteBuffer bytes, String source) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
      if (!text.startsWith("{")) {
        throw invalid(source, "its header is not a JSON object");
      }
      return JSON.readTree(text);
    } catch (CharacterCodingException e) {
      throw invalid(source, "its header is not UTF-8 text");
    } catch (JsonProcessingException e) {
      throw InvalidInputException.data(
          "Invalid safetensors file "
              + source
              + ": its header is not valid JSON: "
              + e.getOriginalMessage(),
          e);
    }
  }

  private static Map<String, String> metadata(JsonNode node, String source) {
    if (!node.isObject()) {
      throw invalid(source, METADATA + " is not a JSON object");
    }
    Map<String, String> metadata = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!field.getValue().isTextual()) {
        throw invalid(source, METADATA + " entry " + field.getKey() + " is not a text");
      }
      metadata.put(field.getKey(), field.getValue().textValue());
    }
    return Collections.unmodifiableMap(metadata);
  }

  private static Entry entry(String name, JsonNode node, String source) {
    JsonNode dtype = node.path("dtype");
    JsonNode shape = node.path("shape");
    JsonNode offsets = node.path("data_offsets");
    if (!dtype.isTextual() || !isSizes(shape) || !isSizes(offsets) || offsets.size() != 2) {
      throw invalid(
          source,
          "tensor " + name + " lacks a valid dtype, shape or data_offsets: " + shorten(node));
    }
    TensorType type =
        TensorType.named(dtype.textValue())
            .orElseThrow(
                () ->
                    InvalidInputException.data(
                        "Unsupported type of tensor "
                            + name
                            + " in "
                            + source
                            + ": "
                            + shorten(dtype)
                            + "; convert it to F32, F16 or BF16"));
    long[] dimensions = new long[shape.size()];
    for (int i = 0; i < dimensions.length; i++) {
      dimensions[i] = shape.get(i).longValue();
    }
    TensorInfo info = new TensorInfo(name, type, dimensions);
    long begin = offsets.get(0).longValue();
    long end = offsets.get(1).longValue();
    if (end - begin != bytes(info, source)) {
      throw invalid(
          source,
          "tensor "
              + name
              + " has bytes "
              + begin
              + " to "
              + end
              + " but its type and shape need "
              + info.bytes()
              + ": "
              + shorten(node));
    }
    return new Entry(info, begin);
  }

  private static long bytes(TensorInfo info, String source) {
    try {
      return info.bytes();
    } catch (ArithmeticException e) {
      throw InvalidInputException.data(
          "Invalid safetensors file "
              + source
              + ": the size of tensor "
              + info.name()
              + " overflows",
          e);
    }
  }

  private static void checkFills(List<Entry> entries, long dataBytes, String source) {
    long end = 0;
    String before = "the header";
    for (Entry entry : entries) {
      String name = entry.info().name();
      if (entry.offset() != end) {
        throw invalid(
            source,
            (entry.offset() < end ? "tensors overlap: " : "there is a gap: ")
                + name
                + " begins at byte "
                + entry.offset()
                + " but "
                + before
                + " ends at "
                + end);
      }
      end += entry.info().bytes();
      before = name;
      if (end > dataBytes) {
        throw invalid(
            source,
            "tensor "
                + name
                + " ends at byte "
                + end
                + " but the file holds only "
                + dataBytes
                + " bytes of values; it is probably cut short, copy it again");
      }
    }
    if (end != dataBytes) {
      throw invalid(
          source,
          "its tensors take " + end + " bytes but the file holds " + dataBytes + " of values");
    }
  }

  private static boolean isSizes(JsonNode node) {
    if (!node.isArray()) {
      return false;
    }
    for (JsonNode item : node) {
      if (!item.isIntegralNumber() || !item.canConvertToLong() || item.longValue() < 0) {
        return false;
      }
    }
    return true;
  }

  private static String shorten(JsonNode node) {
    String text = node.toString();
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }

  private static InvalidInputException invalid(String source, String why) {
    return InvalidInputException.data("Invalid safetensors file " + source + ": " + why);
  }
}
