package org.sparklora.model.folder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.sparklora.util.InvalidInputException;

/**
 * Reads a model's {@code config.json} so that nothing in it goes unnoticed: every field is read,
 * checked against what is supported, or named as unknown. Problems are collected, and {@link
 * #check()} throws them together. Until it returns, a field with a problem reads as its default (1,
 * "" or false if it has none), so values must not be used before.
 *
 * <p>An absent field takes its default. So does an explicit null, with one exception: for a
 * boolean, diffusers takes null as false even if the default is true.
 */
public final class ConfigReader {
  /** The most layers of a block, or of a network that has no blocks. */
  public static final int MOST_LAYERS = 256;

  /** The most channels of anything. */
  public static final int MOST_CHANNELS = 1 << 20;

  private static final int MOST_BLOCKS = 12;

  /**
   * Fields that diffusers, transformers and their training scripts write beside the architecture:
   * the origin of a file, the types it was saved in, and the state of a running average of weights.
   */
  private static final Set<String> NOTES =
      Set.of(
          "architectures",
          "model_type",
          "name",
          "name_or_path",
          "model_name",
          "torch_dtype",
          "dtype",
          "transformers_version",
          "diffusers_version",
          "decay",
          "inv_gamma",
          "min_decay",
          "optimization_step",
          "power",
          "update_after_step",
          "use_ema_warmup");

  private final JsonNode config;
  private final String source;
  private final Set<String> read = new HashSet<>();
  private final List<String> problems = new ArrayList<>();

  /**
   * @param config the JSON object of the file
   * @param source the file's name in messages
   */
  ConfigReader(JsonNode config, String source) {
    if (!config.isObject()) {
      throw InvalidInputException.data("Invalid " + source + ": it is not a JSON object");
    }
    this.config = config;
    this.source = source;
  }

  public int integer(String name, int byDefault) {
    return value(name, ConfigReader::isInt, "an integer", JsonNode::intValue, byDefault);
  }

  /** An integer from 1 to {@code most}. */
  public int positive(String name, int byDefault, int most) {
    return integer(name, byDefault, 1, most);
  }

  /** An integer from {@code least} to {@code most}. */
  public int integer(String name, int byDefault, int least, int most) {
    return value(
        name,
        node -> isInt(node) && node.intValue() >= least && node.intValue() <= most,
        "an integer from " + least + " to " + most,
        JsonNode::intValue,
        byDefault);
  }

  /** A number from {@code least} to {@code most}. */
  public double number(String name, double byDefault, double least, double most) {
    return value(
        name,
        node -> node.isNumber() && node.doubleValue() >= least && node.doubleValue() <= most,
        "a number from " + least + " to " + most,
        JsonNode::doubleValue,
        byDefault);
  }

  /** A boolean; null is false, as in Python. */
  public boolean bool(String name, boolean byDefault) {
    return value(
        name,
        JsonNode::isBoolean,
        "true or false",
        JsonNode::booleanValue,
        byDefault && !isNull(name));
  }

  public String text(String name, String byDefault) {
    return value(name, JsonNode::isTextual, "a text", JsonNode::textValue, byDefault);
  }

  /** A text that may be null or absent. */
  public Optional<String> optionalText(String name) {
    return optional(name, JsonNode::isTextual, "a text or null", JsonNode::textValue);
  }

  /** A list of texts, of any length. */
  public List<String> texts(String name, List<String> byDefault) {
    return value(
        name,
        node -> isListOf(node, JsonNode::isTextual),
        "a list of texts",
        node -> items(node, JsonNode::textValue),
        byDefault);
  }

  /** A list of integers from 1 to {@code most}, one for each of a network's blocks. */
  public List<Integer> integers(String name, List<Integer> byDefault, int most) {
    return value(
        name,
        node -> isListOf(node, upTo(most)) && node.size() >= 1 && node.size() <= MOST_BLOCKS,
        "a list of 1 to " + MOST_BLOCKS + " integers from 1 to " + most,
        node -> items(node, JsonNode::intValue),
        byDefault);
  }

  /**
   * One integer from 1 to {@code most} for each of {@code count} blocks: a list, or one integer for
   * all.
   */
  public List<Integer> integers(String name, int count, int byDefault, int most) {
    return value(
        name,
        node -> isPerBlock(node, count, upTo(most)),
        "an integer from 1 to " + most + " or a list of " + count,
        node -> perBlock(node, count, JsonNode::intValue),
        repeat(byDefault, count));
  }

  /** One choice for each of {@code count} blocks: a list, or one for all. */
  public List<Boolean> bools(String name, int count, boolean byDefault) {
    return value(
        name,
        node -> isPerBlock(node, count, JsonNode::isBoolean),
        "true, false or a list of " + count,
        node -> perBlock(node, count, JsonNode::booleanValue),
        repeat(byDefault, count));
  }

  /**
   * Integers for each layer of each block, such as {@code transformer_layers_per_block}. The field
   * is one integer for all, or a list with an integer or a list of integers for each block. A
   * block's single integer is repeated for its layers.
   *
   * @param layers the number of layers of each block
   * @param most that an integer may be; the least is 1
   * @return for each block one integer for each layer
   */
  public List<List<Integer>> nestedIntegers(
      String name, List<Integer> layers, int byDefault, int most) {
    Predicate<JsonNode> fits =
        node ->
            upTo(most).test(node)
                || (node.isArray()
                    && node.size() == layers.size()
                    && IntStream.range(0, layers.size())
                        .allMatch(i -> isPerBlock(node.get(i), layers.get(i), upTo(most))));
    return value(
        name,
        fits,
        "an integer from 1 to "
            + most
            + " or a list of "
            + layers.size()
            + ", each an integer or a list "
            + layers,
        node ->
            IntStream.range(0, layers.size())
                .mapToObj(
                    i ->
                        perBlock(
                            node.isArray() ? node.get(i) : node, layers.get(i), JsonNode::intValue))
                .toList(),
        layers.stream().map(count -> repeat(byDefault, count)).toList());
  }

  /** Whether the field is there and null. */
  public boolean isNull(String name) {
    return node(name).isNull();
  }

  /** Whether the field is there and not null. */
  public boolean has(String name) {
    read.add(name);
    return config.hasNonNull(name);
  }

  /**
   * Refuses a field unless it is absent, null or has one of these values (texts, integers, numbers,
   * booleans), which do not change the computation.
   */
  public void requireDefault(String name, Object... allowed) {
    JsonNode node = node(name);
    boolean fits = isAbsent(node) || Arrays.stream(allowed).anyMatch(value -> equal(node, value));
    if (!fits) {
      List<String> values =
          Arrays.stream(allowed)
              .map(String::valueOf)
              .collect(Collectors.toCollection(ArrayList::new));
      values.add("null");
      problems.add(
          "Unsupported "
              + name
              + ": "
              + shown(node)
              + " in "
              + source
              + "; supported: "
              + String.join(", ", values));
    }
  }

  /** Adds a problem that the caller found, in the form of the other messages. */
  public void problem(String name, String why) {
    problems.add("Unsupported " + name + ": " + shown(node(name)) + " in " + source + "; " + why);
  }

  /**
   * Names every field that has a value but was not read, because it may change the computation in a
   * way that is not implemented. Fields that switch something off, and notes of programs about a
   * file, are accepted.
   *
   * @param ignorable fields known not to change the computation
   */
  public void refuseUnread(Set<String> ignorable) {
    Set<String> unknown = new TreeSet<>();
    config
        .properties()
        .forEach(
            field -> {
              if (!isOff(field.getValue())
                  && !field.getKey().startsWith("_")
                  && !NOTES.contains(field.getKey())
                  && !read.contains(field.getKey())
                  && !ignorable.contains(field.getKey())) {
                unknown.add(field.getKey() + "=" + shown(field.getValue()));
              }
            });
    if (!unknown.isEmpty()) {
      problems.add(
          "Unsupported fields in "
              + source
              + ": "
              + String.join(", ", unknown)
              + "; what they do is not known here, so the model cannot be computed faithfully");
    }
  }

  /**
   * Ends the reading.
   *
   * @throws InvalidInputException (DATA) with every problem found so far
   */
  public void check() {
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.DATA, problems);
    }
  }

  private JsonNode node(String name) {
    read.add(name);
    return config.path(name);
  }

  private <T> T value(
      String name,
      Predicate<JsonNode> fits,
      String expected,
      Function<JsonNode, T> get,
      T byDefault) {
    JsonNode node = node(name);
    if (isAbsent(node)) {
      return byDefault;
    }
    if (!fits.test(node)) {
      problems.add(
          "Invalid "
              + name
              + ": "
              + shown(node)
              + " in "
              + source
              + "; "
              + expected
              + " is expected");
      return byDefault;
    }
    return get.apply(node);
  }

  private <T> Optional<T> optional(
      String name, Predicate<JsonNode> fits, String expected, Function<JsonNode, T> get) {
    return value(name, fits, expected, node -> Optional.of(get.apply(node)), Optional.<T>empty());
  }

  /** Whether a value switches a field off: null, false, zero or empty. */
  private static boolean isOff(JsonNode value) {
    return value.isNull()
        || (value.isBoolean() && !value.booleanValue())
        || (value.isNumber() && value.doubleValue() == 0)
        || (value.isTextual() && value.textValue().isEmpty())
        || (value.isContainerNode() && value.isEmpty());
  }

  private static boolean isAbsent(JsonNode node) {
    return node.isMissingNode() || node.isNull();
  }

  private static boolean isInt(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToInt();
  }

  private static Predicate<JsonNode> upTo(int most) {
    return node -> isInt(node) && node.intValue() >= 1 && node.intValue() <= most;
  }

  private static boolean isListOf(JsonNode node, Predicate<JsonNode> fits) {
    return node.isArray() && items(node, fits::test).stream().allMatch(fit -> fit);
  }

  private static boolean isPerBlock(JsonNode node, int count, Predicate<JsonNode> fits) {
    return fits.test(node) || (isListOf(node, fits) && node.size() == count);
  }

  private static <T> List<T> perBlock(JsonNode node, int count, Function<JsonNode, T> get) {
    return node.isArray() ? items(node, get) : repeat(get.apply(node), count);
  }

  private static <T> List<T> items(JsonNode node, Function<JsonNode, T> get) {
    List<T> items = new ArrayList<>();
    node.forEach(item -> items.add(get.apply(item)));
    return List.copyOf(items);
  }

  private static <T> List<T> repeat(T value, int count) {
    return IntStream.range(0, count).mapToObj(i -> value).toList();
  }

  private static boolean equal(JsonNode node, Object value) {
    if (value instanceof Number number) {
      return node.isNumber() && node.doubleValue() == number.doubleValue();
    }
    if (value instanceof Boolean bool) {
      return node.isBoolean() && node.booleanValue() == bool;
    }
    return node.isTextual() && node.textValue().equals(value);
  }

  private static String shown(JsonNode node) {
    String text = node.isMissingNode() ? "absent" : node.toString();
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }
}
