package org.sparklora.model.file;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.PlainJson;

/**
 * The JSON header of a safetensors file.
 *
 * @param entries by name, in order of their bytes
 * @param metadata the {@code __metadata__} entry, sorted by key
 */
record SafetensorsHeader(Map<String, Entry> entries, Map<String, String> metadata) {
  static final String METADATA = "__metadata__";

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
    JsonObject root = json(bytes, source);
    List<Entry> entries = new ArrayList<>();
    Map<String, String> metadata = Map.of();
    for (Map.Entry<String, JsonElement> field : root.entrySet()) {
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

  private static JsonObject json(ByteBuffer bytes, String source) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
      if (!text.startsWith("{")) {
        throw invalid(source, "its header is not a JSON object");
      }
      return PlainJson.read(text).getAsJsonObject();
    } catch (CharacterCodingException e) {
      throw invalid(source, "its header is not UTF-8 text");
    } catch (IOException e) {
      throw InvalidInputException.data(
          "Invalid safetensors file "
              + source
              + ": its header is not valid JSON: "
              + e.getMessage(),
          e);
    }
  }

  private static Map<String, String> metadata(JsonElement node, String source) {
    if (!node.isJsonObject()) {
      throw invalid(source, METADATA + " is not a JSON object");
    }
    Map<String, String> metadata = new TreeMap<>();
    for (Map.Entry<String, JsonElement> field : node.getAsJsonObject().entrySet()) {
      metadata.put(
          field.getKey(),
          PlainJson.text(field.getValue())
              .orElseThrow(
                  () -> invalid(source, METADATA + " entry " + field.getKey() + " is not a text")));
    }
    return Collections.unmodifiableMap(metadata);
  }

  private static Entry entry(String name, JsonElement node, String source) {
    JsonObject fields = node.isJsonObject() ? node.getAsJsonObject() : new JsonObject();
    Optional<String> dtype = PlainJson.text(fields.get("dtype"));
    Optional<long[]> shape = sizes(fields.get("shape"));
    Optional<long[]> offsets = sizes(fields.get("data_offsets")).filter(two -> two.length == 2);
    if (dtype.isEmpty() || shape.isEmpty() || offsets.isEmpty()) {
      throw invalid(
          source,
          "tensor " + name + " lacks a valid dtype, shape or data_offsets: " + shorten(node));
    }
    TensorType type =
        TensorType.named(dtype.get())
            .orElseThrow(
                () ->
                    InvalidInputException.data(
                        "Unsupported type of tensor "
                            + name
                            + " in "
                            + source
                            + ": "
                            + shorten(fields.get("dtype"))
                            + "; convert it to F32, F16 or BF16"));
    TensorInfo info = new TensorInfo(name, type, shape.get());
    long begin = offsets.get()[0];
    long end = offsets.get()[1];
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

  private static Optional<long[]> sizes(JsonElement node) {
    if (node == null || !node.isJsonArray()) {
      return Optional.empty();
    }
    JsonArray items = node.getAsJsonArray();
    long[] sizes = new long[items.size()];
    for (int i = 0; i < sizes.length; i++) {
      Optional<Long> size = PlainJson.whole(items.get(i)).filter(value -> value >= 0);
      if (size.isEmpty()) {
        return Optional.empty();
      }
      sizes[i] = size.get();
    }
    return Optional.of(sizes);
  }

  private static String shorten(JsonElement node) {
    String text = node.toString();
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }

  private static InvalidInputException invalid(String source, String why) {
    return InvalidInputException.data("Invalid safetensors file " + source + ": " + why);
  }
}
