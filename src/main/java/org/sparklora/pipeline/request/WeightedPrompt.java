package org.sparklora.pipeline.request;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.sparklora.model.tokenizer.ClipTokenizer;
import org.sparklora.util.InvalidInputException;

/**
 * A prompt whose words have weights, in the notation of WebUI and of diffusers' community pipeline
 * {@code lpw_stable_diffusion}: {@code (word)} is 1.1, {@code [word]} 1/1.1, {@code (word:1.3)}
 * 1.3. Brackets may be nested, and {@code \(} is a bracket.
 */
public record WeightedPrompt(List<Part> parts) {
  private static final double ROUND = 1.1;
  private static final double SQUARE = 1 / ROUND;
  private static final Pattern MARKS =
      Pattern.compile(
          "\\\\[()\\[\\]\\\\]?"
              + "|[(\\[]"
              + "|:(?<weight>[+-]?(?:\\d++\\.?\\d*+|\\.\\d++))\\)"
              + "|[)\\]]"
              + "|[^\\\\()\\[\\]:]+"
              + "|:");

  /** Words of one weight. */
  record Part(String text, double weight) {}

  /**
   * A prompt's token ids, and the weight of each.
   *
   * @param ids with begin and end, which have the weight 1
   */
  public record Tokens(int[] ids, float[] weights) {}

  public WeightedPrompt {
    parts = List.copyOf(parts);
  }

  /**
   * Brackets of one kind, which nest. A bracket's factor may be known only where it closes, so
   * parts get their weights when all are read.
   */
  private static final class Brackets {
    /** The parts from one to before another, whose weights have a factor. */
    private record Span(int from, int to, double factor) {}

    private final double unclosed;

    /** In the order in which they open. */
    private final List<Span> spans = new ArrayList<>();

    private final Deque<Integer> open = new ArrayDeque<>();

    /**
     * No brackets.
     *
     * @param unclosed factor of a bracket that ends with the prompt
     */
    Brackets(double unclosed) {
      this.unclosed = unclosed;
    }

    void open(int part) {
      open.push(spans.size());
      spans.add(new Span(part, Integer.MAX_VALUE, unclosed));
    }

    boolean isOpen() {
      return !open.isEmpty();
    }

    void close(int part, double factor) {
      int number = open.pop();
      spans.set(number, new Span(spans.get(number).from(), part, factor));
    }

    /** Multiplies the weights by the factors of the brackets around each. */
    void weigh(double[] weights) {
      Deque<Span> around = new ArrayDeque<>(); // with the product of all factors to each
      int next = 0;
      for (int part = 0; part < weights.length; part++) {
        while (!around.isEmpty() && around.peek().to() <= part) {
          around.pop();
        }
        for (; next < spans.size() && spans.get(next).from() <= part; next++) {
          Span span = spans.get(next);
          if (span.to() > part) {
            double outer = around.isEmpty() ? 1 : around.peek().factor();
            around.push(new Span(span.from(), span.to(), outer * span.factor()));
          }
        }
        if (!around.isEmpty()) {
          weights[part] *= around.peek().factor();
        }
      }
    }
  }

  /** Reads a prompt. Brackets that are not closed end with it. */
  public static WeightedPrompt parse(String prompt) {
    List<String> texts = new ArrayList<>();
    Brackets round = new Brackets(ROUND);
    Brackets square = new Brackets(SQUARE);
    Matcher marks = MARKS.matcher(prompt);
    while (marks.find()) {
      String mark = marks.group();
      String weight = marks.group("weight");
      if (mark.startsWith("\\")) {
        texts.add(mark.substring(1));
      } else if (mark.equals("(")) {
        round.open(texts.size());
      } else if (mark.equals("[")) {
        square.open(texts.size());
      } else if (weight != null && round.isOpen()) {
        round.close(texts.size(), Double.parseDouble(weight));
      } else if (mark.equals(")") && round.isOpen()) {
        round.close(texts.size(), ROUND);
      } else if (mark.equals("]") && square.isOpen()) {
        square.close(texts.size(), SQUARE);
      } else {
        texts.add(mark);
      }
    }
    double[] weights = new double[texts.size()];
    Arrays.fill(weights, 1);
    round.weigh(weights);
    square.weigh(weights);
    if (Arrays.stream(weights).anyMatch(weight -> !Float.isFinite((float) weight))) {
      throw InvalidInputException.data(
          "Invalid prompt: a weight in it is beyond fp32; write smaller weights or fewer brackets");
    }
    return new WeightedPrompt(merged(texts, weights));
  }

  /** Neighbours of one weight are one part, because words are tokenised part by part. */
  private static List<Part> merged(List<String> texts, double[] weights) {
    List<Part> merged = new ArrayList<>();
    for (int first = 0; first < weights.length; ) {
      StringBuilder text = new StringBuilder();
      int end = first;
      while (end < weights.length && weights[end] == weights[first]) {
        text.append(texts.get(end));
        end++;
      }
      merged.add(new Part(text.toString(), weights[first]));
      first = end;
    }
    return merged;
  }

  /** The prompt without marks. */
  public String words() {
    return parts.stream().map(Part::text).collect(Collectors.joining());
  }

  public Tokens tokens(ClipTokenizer tokenizer) {
    int[] none = tokenizer.ids("");
    List<Integer> ids = new ArrayList<>(List.of(none[0]));
    List<Float> weights = new ArrayList<>(List.of(1f));
    for (Part part : parts) {
      int[] own = tokenizer.ids(part.text());
      for (int i = 1; i < own.length - 1; i++) {
        ids.add(own[i]);
        weights.add((float) part.weight());
      }
    }
    ids.add(none[1]);
    weights.add(1f);
    float[] each = new float[weights.size()];
    IntStream.range(0, each.length).forEach(i -> each[i] = weights.get(i));
    return new Tokens(ids.stream().mapToInt(Integer::intValue).toArray(), each);
  }

  /**
   * Multiplies each token's hidden state by its weight. Each prompt is then scaled as a whole so
   * that the mean of its values stays.
   *
   * @param states {@code [batch, words, width]}
   * @param tokens of each prompt; states after a prompt's tokens have the weight 1
   */
  public static NDArray weigh(NDManager scope, NDArray states, List<Tokens> tokens) {
    float[] values = states.toFloatArray();
    int words = Math.toIntExact(states.getShape().get(1));
    int width = Math.toIntExact(states.getShape().get(2));
    for (int row = 0; row < tokens.size(); row++) {
      float[] weights = Arrays.copyOf(tokens.get(row).weights(), words);
      Arrays.fill(weights, Math.min(tokens.get(row).weights().length, words), words, 1);
      weights[words - 1] = 1; // of a prompt that is cut, it is the end
      int first = row * words * width;
      double before = sum(values, first, words * width);
      for (int i = 0; i < words * width; i++) {
        values[first + i] *= weights[i / width];
      }
      float kept = (float) (before / sum(values, first, words * width));
      for (int i = 0; i < words * width; i++) {
        values[first + i] *= kept;
      }
    }
    return scope.create(values, states.getShape());
  }

  private static double sum(float[] values, int from, int count) {
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += values[i];
    }
    return sum;
  }
}
