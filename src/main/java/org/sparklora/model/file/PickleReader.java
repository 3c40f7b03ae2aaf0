package org.sparklora.model.file;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.sparklora.model.file.PickleValue.Dict;
import org.sparklora.model.file.PickleValue.Global;
import org.sparklora.model.file.PickleValue.None;
import org.sparklora.model.file.PickleValue.Real;
import org.sparklora.model.file.PickleValue.Sequence;
import org.sparklora.model.file.PickleValue.Symbol;
import org.sparklora.model.file.PickleValue.Text;
import org.sparklora.model.file.PickleValue.Truth;
import org.sparklora.model.file.PickleValue.Whole;
import org.sparklora.util.InvalidInputException;

/**
 * Reads a pickle as data. It knows the opcodes that tensors, containers and plain values are
 * written with (Python's pickletools, protocols 2 to 5) and the names in {@link Symbol}; a pickle
 * that asks for anything else is refused by that name, and nothing is ever called or loaded.
 */
final class PickleReader {
  /**
   * The most instructions. A tensor takes about 40, so a model of some thousand tensors is far
   * below. Every instruction counts, because a short pickle may repeat long work.
   */
  private static final int MOST_INSTRUCTIONS = 2_000_000;

  /** A mark on the stack before a container's items. */
  private static final PickleValue MARK = new None();

  private final ByteBuffer in;
  private final String source;
  private final List<PickleValue> stack = new ArrayList<>();
  private final Map<Integer, PickleValue> memo = new HashMap<>();
  private long instructions;

  private PickleReader(ByteBuffer in, String source) {
    this.in = in;
    this.source = source;
  }

  static PickleValue read(ByteBuffer pickle, String source) {
    PickleReader reader =
        new PickleReader(pickle.duplicate().order(ByteOrder.LITTLE_ENDIAN), source);
    try {
      return reader.run();
    } catch (BufferUnderflowException e) {
      throw InvalidInputException.data(
          "Invalid torch file " + source + ": its pickle ends in the middle", e);
    }
  }

  private PickleValue run() {
    while (true) {
      count(1);
      int opcode = in.get() & 0xFF;
      switch (opcode) {
        case 0x80 -> in.get(); // PROTO
        case 0x95 -> in.getLong(); // FRAME
        case '(' -> stack.add(MARK);
        case '0' -> pop();
        case '1' -> popToMark();
        case 'N' -> stack.add(new None());
        case 0x88 -> stack.add(new Truth(true));
        case 0x89 -> stack.add(new Truth(false));
        case 'K' -> stack.add(new Whole(in.get() & 0xFF));
        case 'M' -> stack.add(new Whole(in.getShort() & 0xFFFF));
        case 'J' -> stack.add(new Whole(in.getInt()));
        case 0x8A -> stack.add(new Whole(shortLong())); // LONG1
        case 'G' -> stack.add(new Real(Double.longBitsToDouble(Long.reverseBytes(in.getLong()))));
        case 'X' -> stack.add(new Text(text(in.getInt() & 0xFFFFFFFFL)));
        case 0x8C -> stack.add(new Text(text(in.get() & 0xFF))); // SHORT_BINUNICODE
        case 0x8D -> stack.add(new Text(text(in.getLong()))); // BINUNICODE8
        case '}' -> stack.add(new Dict(new LinkedHashMap<>()));
        case ']' -> stack.add(new Sequence(new ArrayList<>()));
        case ')' -> stack.add(new Sequence(List.of()));
        case 't' -> stack.add(new Sequence(List.copyOf(popToMark())));
        case 0x85 -> stack.add(new Sequence(pop(1))); // TUPLE1
        case 0x86 -> stack.add(new Sequence(pop(2))); // TUPLE2
        case 0x87 -> stack.add(new Sequence(pop(3))); // TUPLE3
        case 'a' -> append(pop(1));
        case 'e' -> append(popToMark());
        case 's' -> setItems(pop(2));
        case 'u' -> setItems(popToMark());
        case 'c' -> stack.add(global(line() + "." + line()));
        case 0x93 -> stackGlobal();
        case 'Q' -> stack.add(TensorPickling.storage(pop(), source));
        case 'R' -> reduce();
        case 'b' -> build();
        case 'q' -> memo.put(in.get() & 0xFF, peek());
        case 'r' -> memo.put(in.getInt(), peek());
        case 0x94 -> memo.put(memo.size(), peek()); // MEMOIZE
        case 'h' -> stack.add(recall(in.get() & 0xFF));
        case 'j' -> stack.add(recall(in.getInt()));
        case '.' -> {
          return pop();
        }
        default ->
            throw InvalidInputException.data(
                String.format(
                    Locale.ROOT,
                    "Unsupported torch file %s: its pickle uses opcode 0x%02x at byte %d, which no"
                        + " tensor needs; convert the file to safetensors where you trust it",
                    source,
                    opcode,
                    in.position() - 1));
      }
    }
  }

  private void count(int done) {
    instructions += done;
    if (instructions > MOST_INSTRUCTIONS) {
      throw invalid(
          String.format(
              Locale.ROOT,
              "its pickle has more than %d instructions; convert the file to safetensors where you"
                  + " trust it",
              MOST_INSTRUCTIONS));
    }
  }

  private void reduce() {
    List<PickleValue> call = pop(2);
    if (!(call.get(0) instanceof Global global) || !(call.get(1) instanceof Sequence arguments)) {
      throw invalid("its pickle calls something that has no name");
    }
    stack.add(
        switch (global.symbol()) {
          case ORDERED_DICT -> orderedDict(arguments.items());
          case REBUILD_TENSOR -> TensorPickling.tensor(arguments.items(), source);
          case REBUILD_PARAMETER -> TensorPickling.parameter(arguments.items(), source);
          default -> throw invalid("its pickle calls " + global.symbol().qualifiedName());
        });
  }

  /** {@code OrderedDict()}, or {@code OrderedDict([(key, value), ...])}. */
  private PickleValue orderedDict(List<PickleValue> arguments) {
    Dict dict = new Dict(new LinkedHashMap<>());
    if (arguments.isEmpty()) {
      return dict;
    }
    if (arguments.size() == 1 && arguments.get(0) instanceof Sequence pairs) {
      count(pairs.items().size());
      for (PickleValue pair : pairs.items()) {
        if (!(pair instanceof Sequence two) || two.items().size() != 2) {
          throw invalid("its pickle has an OrderedDict of something other than pairs");
        }
        put(dict, two.items().get(0), two.items().get(1));
      }
      return dict;
    }
    throw invalid("its pickle has an OrderedDict of something other than pairs");
  }

  /**
   * Handles the instruction BUILD. A state dict has an attribute with module versions, which is not
   * data.
   */
  private void build() {
    List<PickleValue> pair = pop(2);
    if (!(pair.get(0) instanceof Dict) || !(pair.get(1) instanceof Dict)) {
      throw invalid("its pickle sets attributes of something other than a dictionary");
    }
    stack.add(pair.get(0));
  }

  private void append(List<PickleValue> items) {
    if (!(peek() instanceof Sequence sequence) || !(sequence.items() instanceof ArrayList)) {
      throw invalid("its pickle appends to something other than a list");
    }
    sequence.items().addAll(items);
  }

  private void setItems(List<PickleValue> keysAndValues) {
    if (!(peek() instanceof Dict dict) || keysAndValues.size() % 2 != 0) {
      throw invalid("its pickle sets items of something other than a dictionary");
    }
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      put(dict, keysAndValues.get(i), keysAndValues.get(i + 1));
    }
  }

  private void put(Dict dict, PickleValue key, PickleValue value) {
    if (!(key instanceof Text text)) {
      throw invalid("its pickle has a dictionary with keys other than texts");
    }
    dict.entries().put(text.value(), value);
  }

  private void stackGlobal() {
    List<PickleValue> names = pop(2);
    if (!(names.get(0) instanceof Text module) || !(names.get(1) instanceof Text name)) {
      throw invalid("its pickle has a global without a name");
    }
    stack.add(global(module.value() + "." + name.value()));
  }

  private PickleValue global(String qualifiedName) {
    return Stream.of(Symbol.values())
        .filter(symbol -> symbol.qualifiedName().equals(qualifiedName))
        .map(Global::new)
        .findFirst()
        .orElseThrow(
            () ->
                InvalidInputException.data(
                    "Unsupported torch file "
                        + source
                        + ": its pickle refers to "
                        + TensorPickling.shown(qualifiedName)
                        + ", which is code or more than tensors; convert the file to safetensors"
                        + " where you trust it"));
  }

  private PickleValue recall(int key) {
    PickleValue value = memo.get(key);
    if (value == null) {
      throw invalid("its pickle recalls a value it never stored");
    }
    return value;
  }

  private PickleValue peek() {
    if (stack.isEmpty() || stack.get(stack.size() - 1) == MARK) {
      throw invalid("its pickle takes a value where there is none");
    }
    return stack.get(stack.size() - 1);
  }

  private PickleValue pop() {
    PickleValue top = peek();
    stack.remove(stack.size() - 1);
    return top;
  }

  /** The top values, the deepest first. */
  private List<PickleValue> pop(int count) {
    PickleValue[] values = new PickleValue[count];
    for (int i = count - 1; i >= 0; i--) {
      values[i] = pop();
    }
    return List.of(values);
  }

  private List<PickleValue> popToMark() {
    int mark = stack.size() - 1;
    while (mark >= 0 && stack.get(mark) != MARK) {
      mark--;
    }
    if (mark < 0) {
      throw invalid("its pickle ends a container that never began");
    }
    List<PickleValue> items = new ArrayList<>(stack.subList(mark + 1, stack.size()));
    stack.subList(mark, stack.size()).clear();
    return items;
  }

  private String line() {
    int start = in.position();
    while (in.get() != '\n') {
      // up to the end of the line
    }
    int end = in.position();
    in.position(start);
    String line = text(end - 1L - start);
    in.position(end);
    return line;
  }

  private String text(long bytes) {
    if (bytes < 0 || bytes > in.remaining()) {
      throw invalid("its pickle ends in the middle of a text");
    }
    ByteBuffer slice = in.slice(in.position(), (int) bytes);
    in.position(in.position() + (int) bytes);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(slice).toString();
    } catch (CharacterCodingException e) {
      throw InvalidInputException.data(
          "Invalid torch file " + source + ": its pickle has a text that is not UTF-8", e);
    }
  }

  /** A little-endian two's complement integer of up to 8 bytes. */
  private long shortLong() {
    int bytes = in.get() & 0xFF;
    if (bytes > Long.BYTES) {
      throw invalid("its pickle has an integer of more than 64 bits");
    }
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (in.get() & 0xFFL) << (8 * i);
    }
    int unused = Long.SIZE - 8 * bytes;
    return bytes == 0 ? 0 : value << unused >> unused;
  }

  private InvalidInputException invalid(String why) {
    return InvalidInputException.data("Invalid torch file " + source + ": " + why);
  }
}
