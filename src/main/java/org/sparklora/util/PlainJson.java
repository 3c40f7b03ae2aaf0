package org.sparklora.util;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * The JSON of adapters, which the jar alone can read and write. DJL needs Gson, so the jar has it;
 * Jackson, which everything else uses, is Spark's.
 */
public final class PlainJson {
  private static final int DEEPEST = 100;

  /** Gson's words to programmers. */
  private static final String LENIENT =
      "Use JsonReader.setStrictness(Strictness.LENIENT) to accept malformed JSON";

  private static final Gson PRETTY =
      new GsonBuilder().setPrettyPrinting().serializeNulls().disableHtmlEscaping().create();

  private PlainJson() {}

  /**
   * Reads one value, strictly: nothing follows it, and no object has a name twice.
   *
   * @throws IOException when it is not JSON; the message says why
   */
  public static JsonElement read(String text) throws IOException {
    try (JsonReader in = new JsonReader(new StringReader(text))) {
      in.setStrictness(Strictness.STRICT);
      JsonElement value = value(in, 0);
      if (in.peek() != JsonToken.END_DOCUMENT) {
        throw new IOException("something follows the value");
      }
      return value;
    } catch (IOException | IllegalStateException | NumberFormatException e) {
      throw new IOException(
          e.getMessage()
              .lines()
              .findFirst()
              .orElse("it is empty")
              .replace(LENIENT, "it is malformed"),
          e);
    }
  }

  private static JsonElement value(JsonReader in, int depth) throws IOException {
    if (depth > DEEPEST) {
      throw new IOException("it is nested more than " + DEEPEST + " deep");
    }
    switch (in.peek()) {
      case BEGIN_OBJECT -> {
        JsonObject object = new JsonObject();
        in.beginObject();
        while (in.hasNext()) {
          String name = in.nextName();
          if (object.has(name)) {
            throw new IOException("Duplicate name " + name);
          }
          object.add(name, value(in, depth + 1));
        }
        in.endObject();
        return object;
      }
      case BEGIN_ARRAY -> {
        JsonArray array = new JsonArray();
        in.beginArray();
        while (in.hasNext()) {
          array.add(value(in, depth + 1));
        }
        in.endArray();
        return array;
      }
      case STRING -> {
        return new JsonPrimitive(in.nextString());
      }
      case BOOLEAN -> {
        return new JsonPrimitive(in.nextBoolean());
      }
      case NULL -> {
        in.nextNull();
        return JsonNull.INSTANCE;
      }
      default -> {
        return new JsonPrimitive(new BigDecimal(in.nextString()));
      }
    }
  }

  /** The text, if the value is one. */
  public static Optional<String> text(JsonElement value) {
    return Optional.ofNullable(value)
        .filter(JsonElement::isJsonPrimitive)
        .map(JsonElement::getAsJsonPrimitive)
        .filter(JsonPrimitive::isString)
        .map(JsonPrimitive::getAsString);
  }

  /** The number, if the value is one that a double can hold. */
  public static Optional<Double> number(JsonElement value) {
    return Optional.ofNullable(value)
        .filter(JsonElement::isJsonPrimitive)
        .map(JsonElement::getAsJsonPrimitive)
        .filter(JsonPrimitive::isNumber)
        .map(JsonPrimitive::getAsDouble)
        .filter(number -> !number.isInfinite());
  }

  /** The number, if the value is one without a fraction that a long can hold. */
  public static Optional<Long> whole(JsonElement value) {
    return number(value)
        .filter(near -> near == Math.rint(near) && Math.abs(near) <= Long.MAX_VALUE)
        .map(near -> value.getAsBigDecimal())
        .filter(exact -> exact.precision() - exact.scale() <= 19)
        .flatMap(PlainJson::longOf);
  }

  private static Optional<Long> longOf(BigDecimal number) {
    try {
      return Optional.of(number.longValueExact());
    } catch (ArithmeticException e) {
      return Optional.empty();
    }
  }

  /** The value in lines, as people read it. */
  public static String pretty(JsonElement value) {
    return PRETTY.toJson(value);
  }

  /** An array of texts. */
  public static JsonArray array(Collection<String> texts) {
    JsonArray array = new JsonArray();
    texts.forEach(array::add);
    return array;
  }

  /** An object of numbers. */
  public static JsonObject object(Map<?, ? extends Number> numbers) {
    JsonObject object = new JsonObject();
    numbers.forEach((name, number) -> object.addProperty(String.valueOf(name), number));
    return object;
  }
}
