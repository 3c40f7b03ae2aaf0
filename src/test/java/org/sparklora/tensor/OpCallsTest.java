package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the calls in Java's source to the signatures of the op library. */
class OpCallsTest {
  private static final Path MAIN = Path.of("src/main/java");
  private static final Pattern METHOD =
      Pattern.compile("(?m)^  def (\\w+)\\(self(?:, )?(.*)\\) -> (.*):$");
  private static final Pattern CALL = Pattern.compile("\\b(call|callForList)\\(");
  private static final Pattern ADAPTED = Pattern.compile("new AdaptedBlock\\(");
  private static final Pattern NAME = Pattern.compile("\"(\\w+)\"");

  private final Map<String, Signature> library = signatures();

  /**
   * A method of the library.
   *
   * @param parameters types, in order
   */
  private record Signature(List<String> parameters, String result) {}

  /**
   * A call in Java.
   *
   * @param file where it is
   * @param arguments those of the method, as they are written
   */
  private record Call(String file, String how, String method, List<String> arguments) {
    /** Whether each argument is written out, so that they can be counted. */
    boolean isWrittenOut() {
      return arguments.stream()
          .allMatch(it -> it.startsWith("Ops.of(") || it.startsWith("of(") || isLayer(it));
    }
  }

  @Test
  void callsOnlyMethodsThatAreThere() {
    List<Call> calls = calls();
    assertThat(calls).hasSizeGreaterThan(40);
    for (Call call : calls) {
      assertThat(library).as(call.toString()).containsKey(call.method());
    }
  }

  @Test
  void passesAsManyArgumentsAsTheMethodTakes() {
    List<Call> calls = calls().stream().filter(Call::isWrittenOut).toList();
    assertThat(calls).hasSizeGreaterThan(40);
    for (Call call : calls) {
      assertThat(call.arguments())
          .as(call.toString())
          .hasSameSizeAs(library.get(call.method()).parameters());
    }
  }

  @Test
  void passesListsWhereListsAreTaken() {
    int lists = 0;
    for (Call call : calls().stream().filter(Call::isWrittenOut).toList()) {
      List<String> parameters = library.get(call.method()).parameters();
      for (int i = 0; i < parameters.size(); i++) {
        String argument = call.arguments().get(i);
        if (isLayer(argument) || argument.startsWith("Ops.of(List.of(")) {
          assertThat(parameters.get(i)).as(call + ", argument " + i).isEqualTo("List[Tensor]");
          lists++;
        }
        if (argument.equals("Ops.of(attrs)")) {
          assertThat(parameters.get(i)).as(call + ", argument " + i).isEqualTo("Tensor");
        }
      }
    }
    assertThat(lists).isGreaterThan(20);
  }

  @Test
  void takesOneResultFromMethodsThatGiveOne() {
    for (Call call : calls()) {
      String result = library.get(call.method()).result();
      String expected = call.how().equals("call") ? "Tensor" : "List[Tensor]";
      assertThat(result).as(call.toString()).isEqualTo(expected);
    }
  }

  @Test
  void everyBlockWithAdaptersHasItsThreeMethods() {
    List<String> blocks = new ArrayList<>();
    for (Path file : sources()) {
      String text = read(file);
      Matcher matcher = ADAPTED.matcher(text);
      while (matcher.find()) {
        List<String> arguments = arguments(text, matcher.end());
        String name = unquoted(arguments.get(1));
        blocks.add(name);
        Signature forward = library.get(name);
        assertThat(forward).as(name).isNotNull();
        assertThat(library).as(name).containsKey(name + "_backward");
        if (arguments.get(4).equals("true")) {
          assertThat(library.get(name + "_kept"))
              .as(name)
              .isEqualTo(new Signature(forward.parameters(), "List[Tensor]"));
        }
      }
    }
    assertThat(blocks).contains("attention", "cross_attention", "feed_forward", "transformer_in");
  }

  @Test
  void everyMethodIsCalledFromJavaOrFromTheLibrary() {
    TreeSet<String> unused = new TreeSet<>(library.keySet());
    Matcher inside = Pattern.compile("self\\.(\\w+)\\(").matcher(ScriptArchive.source());
    while (inside.find()) {
      unused.remove(inside.group(1));
    }
    for (Path file : sources()) {
      Matcher name = NAME.matcher(read(file));
      while (name.find()) {
        for (String suffix : List.of("", "_kept", "_backward")) {
          unused.remove(name.group(1) + suffix);
        }
      }
    }
    assertThat(unused).isEmpty();
  }

  private static boolean isLayer(String argument) {
    return argument.matches("\\w+(\\(\\))?\\.argument\\(\\)");
  }

  private static Map<String, Signature> signatures() {
    Map<String, Signature> signatures = new LinkedHashMap<>();
    Matcher matcher = METHOD.matcher(ScriptArchive.source());
    while (matcher.find()) {
      List<String> types =
          matcher.group(2).isEmpty()
              ? List.of()
              : Stream.of(matcher.group(2).split(", (?=\\w+: )"))
                  .map(parameter -> parameter.substring(parameter.indexOf(": ") + 2))
                  .toList();
      Signature before = signatures.put(matcher.group(1), new Signature(types, matcher.group(3)));
      assertThat(before).as("a second " + matcher.group(1)).isNull();
    }
    assertThat(signatures).hasSizeGreaterThan(100);
    return signatures;
  }

  /** All calls whose method is written as a literal. */
  private static List<Call> calls() {
    List<Call> calls = new ArrayList<>();
    for (Path file : sources()) {
      String text = read(file);
      Matcher matcher = CALL.matcher(text);
      while (matcher.find()) {
        List<String> arguments = arguments(text, matcher.end());
        if (arguments.size() >= 2 && arguments.get(1).startsWith("\"")) {
          calls.add(
              new Call(
                  file.getFileName().toString(),
                  matcher.group(1),
                  unquoted(arguments.get(1)),
                  arguments.subList(2, arguments.size())));
        }
      }
    }
    return calls;
  }

  private static String unquoted(String literal) {
    return literal.substring(1, literal.length() - 1);
  }

  /** What stands between commas from an open parenthesis to the one that closes it. */
  private static List<String> arguments(String text, int start) {
    List<String> arguments = new ArrayList<>();
    int depth = 0;
    int from = start;
    for (int i = start; depth >= 0; i++) {
      char c = text.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (depth < 0 || (depth == 0 && c == ',')) {
        arguments.add(text.substring(from, i).strip());
        from = i + 1;
      }
    }
    return arguments;
  }

  private static List<Path> sources() {
    try (Stream<Path> files = Files.walk(MAIN)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
