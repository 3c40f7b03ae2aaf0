package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.RecordField;
import org.sparklora.flag.WholeNumber;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Every flag that takes a number has bounds, of every command. */
@Tag("long")
class NumericFlagsTest {
  private static final List<Class<?>> NUMBERS =
      List.of(
          int.class,
          Integer.class,
          long.class,
          Long.class,
          double.class,
          Double.class,
          float.class,
          Float.class);

  /** The commands; without a model none of them goes on beyond its flags. */
  private static final CommandLine COMMANDS =
      Application.commandLine(
          config -> {},
          config -> {},
          new PrintWriter(new StringWriter()),
          new PrintWriter(new StringWriter()));

  /** Of a command a flag that takes a number. */
  record Flag(String command, OptionSpec option) {
    Optional<WholeNumber> whole() {
      return RecordField.annotation(field(), WholeNumber.class);
    }

    Optional<RealNumber> real() {
      return RecordField.annotation(field(), RealNumber.class);
    }

    private Field field() {
      return (Field) option.userObject();
    }

    String belowTheSmallest() {
      return whole()
          .map(n -> BigInteger.valueOf(n.min()).subtract(BigInteger.ONE).toString())
          .orElseGet(() -> real().map(n -> "" + (n.aboveMin() ? n.min() : n.min() - 1)).get());
    }

    String aboveTheLargest() {
      return whole()
          .map(n -> BigInteger.valueOf(n.max()).add(BigInteger.ONE).toString())
          .orElseGet(() -> real().map(n -> "" + (n.belowMax() ? n.max() : n.max() * 2)).get());
    }

    String least() {
      return whole()
          .map(n -> "" + n.min())
          .orElseGet(() -> real().map(n -> "" + (n.aboveMin() ? n.min() + 1e-9 : n.min())).get());
    }

    String most() {
      return whole()
          .map(n -> "" + n.max())
          .orElseGet(() -> real().map(n -> "" + (n.belowMax() ? n.max() - 1e-9 : n.max())).get());
    }

    /** What an error must say of the bounds. */
    List<String> bounds() {
      return whole()
          .map(n -> List.of("whole number from " + n.min() + " to " + n.max()))
          .orElse(List.of("it must be a number "));
    }

    @Override
    public String toString() {
      return command + " " + option.longestName();
    }
  }

  static Stream<Flag> flags() {
    return COMMANDS.getSubcommands().entrySet().stream()
        .filter(command -> !command.getKey().equals("config"))
        .flatMap(
            command ->
                command.getValue().getCommandSpec().options().stream()
                    .filter(option -> NUMBERS.contains(option.auxiliaryTypes()[0]))
                    .map(option -> new Flag(command.getKey(), option)));
  }

  static Stream<String> commandNames() {
    return flags().map(Flag::command).distinct();
  }

  private static List<Flag> flags(String command) {
    return flags().filter(flag -> flag.command().equals(command)).toList();
  }

  @Test
  void thereAreManyOfThem() {
    assertThat(flags()).hasSizeGreaterThan(250);
  }

  @ParameterizedTest
  @MethodSource("flags")
  void aFlagHasBoundsOfOneKind(Flag flag) {
    assertThat(flag.whole().isPresent()).isNotEqualTo(flag.real().isPresent());
  }

  @ParameterizedTest
  @MethodSource("commandNames")
  void whatIsNoOrdinaryNumberIsRefusedWithTheBounds(String command) {
    for (String wrong :
        List.of("NaN", "-1e400", "1e400", "0x10", "1f", "1_000", "\u0663", "x", "-inf", "1e-400")) {
      requireRefused(command, flag -> wrong);
    }
  }

  @ParameterizedTest
  @MethodSource("commandNames")
  void aNumberOutOfTheBoundsIsRefusedWithThem(String command) {
    requireRefused(command, Flag::belowTheSmallest);
    requireRefused(command, Flag::aboveTheLargest);
    requireRefused(command, flag -> flag.whole().isPresent() ? "9".repeat(5000) : "1e300");
    requireRefused(command, flag -> flag.whole().isPresent() ? "99999999999999999999" : "1e308");
    requireRefused(command, flag -> flag.whole().isPresent() ? "1.5" : "-1e300");
  }

  @ParameterizedTest
  @MethodSource("commandNames")
  void theBoundsThemselvesAreInThem(String command) {
    List<Flag> flags = flags(command);
    for (Function<Flag, String> value : List.<Function<Flag, String>>of(Flag::least, Flag::most)) {
      assertThat(run(command, flags, value).err())
          .doesNotContain("it must be a number ")
          .doesNotContainPattern("it must be a whole number from -?\\d+ to \\d+$");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --num_workers=1000000 --gradient_accumulation_steps=1000000 | 1000000 x 1000000 = 1000000000000; a step has at most 1000000 micro-batches
          --num_workers=65536 --gradient_accumulation_steps=65536 | at most 1000000 micro-batches
          --num_workers=1000 --train_batch_size=1000000 --gradient_accumulation_steps=1000 | more pictures than 2147483647
          --train_batch_size=1000000 | Invalid --train_batch_size: 1000000; at --resolution 512 it must be a whole number from 1 to 131071
          --validation_prompt=cat --num_validation_images=1000 --resolution=4096 | it must be a whole number from 1 to 63
          --rank_pattern=to_k=1e9 | with a number above 0 and at most 1000000
          --rank_pattern=to_k=100000 | Invalid --rank_pattern: to_k=100000.0; it must be a whole number from 1 to 65536
          --alpha_pattern=to_k=NaN | with a number above 0
          --attention=sliced --attention_slice_size=99999999999 | it takes auto, max or a number
          """)
  void numbersThatAreTooManyTogether(String flags, String problem) {
    CommandRun run = run("train", flags.split(" "));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains(problem);
  }

  @Test
  void ordinaryNumbersAreReadAsPythonAndYamlWriteThem() {
    CommandRun run =
        run(
            "train",
            "--learning_rate=1E-4",
            "--max_grad_norm=.inf",
            "--lora_alpha=+8.",
            "--seed=-1",
            "--lora_dropout=.5");
    assertThat(run.err()).doesNotContain("must be");
  }

  /** Runs a command with a wrong value for every flag: each must be told. */
  private static void requireRefused(String command, Function<Flag, String> wrong) {
    List<Flag> flags = flags(command);
    CommandRun run = run(command, flags, wrong);
    assertThat(run.code()).isEqualTo(2);
    for (Flag flag : flags) {
      String begin = "error: Invalid " + flag.option().names()[0] + ": ";
      assertThat(run.err().lines().filter(line -> line.startsWith(begin)))
          .as(flag + "=" + wrong.apply(flag))
          .anySatisfy(line -> assertThat(line).contains(flag.bounds()));
    }
  }

  private static CommandRun run(String command, List<Flag> flags, Function<Flag, String> value) {
    return run(
        command,
        flags.stream()
            .map(flag -> flag.option().longestName() + "=" + value.apply(flag))
            .toArray(String[]::new));
  }

  private static CommandRun run(String command, String... flags) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> args = new ArrayList<>(List.of(command));
    args.addAll(List.of(flags));
    int code =
        COMMANDS
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(args.toArray(String[]::new));
    return new CommandRun(code, out.toString(), err.toString());
  }
}
