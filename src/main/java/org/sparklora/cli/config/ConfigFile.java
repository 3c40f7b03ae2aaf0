package org.sparklora.cli.config;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.sparklora.cli.check.LocationSchemes;
import org.sparklora.cli.config.YamlNode.Mapping;
import org.sparklora.cli.config.YamlNode.Pair;
import org.sparklora.cli.config.YamlNode.Scalar;
import org.sparklora.cli.config.YamlNode.Sequence;
import org.sparklora.model.folder.Locations;
import org.sparklora.store.StoreFile;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.Redaction;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A file of {@code --config}: flags by name, flat or in sections named as the groups of the help.
 */
final class ConfigFile {
  private static final long MOST_BYTES = 1 << 20;

  private final String name;
  private final FlagKeys keys;
  private final List<String> problems;
  private final Map<OptionSpec, Given> given = new LinkedHashMap<>();
  private final Set<String> sections = new HashSet<>();

  private ConfigFile(String name, FlagKeys keys, List<String> problems) {
    this.name = name;
    this.keys = keys;
    this.problems = problems;
  }

  /**
   * Reads the file.
   *
   * @param name a path or a URI
   * @param problems gets the file's problems
   */
  static List<Given> read(String name, FlagKeys keys, Configuration hadoop, List<String> problems) {
    if (LocationSchemes.isOnTheWeb(name)) {
      return List.of(); // refused with all other locations
    }
    try {
      return parse(name, text(name, hadoop), keys, problems);
    } catch (InvalidInputException e) {
      problems.addAll(e.problems());
    } catch (IOException | IllegalArgumentException e) {
      problems.add(
          "Cannot read --config: "
              + Redaction.text(name)
              + "; "
              + Redaction.text("" + e.getMessage()));
    }
    return List.of();
  }

  static List<Given> parse(String name, String text, FlagKeys keys, List<String> problems) {
    ConfigFile file = new ConfigFile(Redaction.text(name), keys, problems);
    for (Pair pair : YamlDocument.read(file.name, text).pairs()) {
      file.top(pair);
    }
    return List.copyOf(file.given.values());
  }

  private static String text(String name, Configuration hadoop) throws IOException {
    String shown = Redaction.text(name);
    if (name.isBlank()) {
      throw InvalidInputException.configuration("Missing --config: it must name a file");
    }
    StoreFile file = StoreFile.of(new Path(Locations.absolute(name)), hadoop);
    if (!file.fileSystem().exists(file.path())) {
      throw InvalidInputException.configuration(
          "Invalid --config: " + shown + "; there is no such file");
    }
    FileStatus status = file.fileSystem().getFileStatus(file.path());
    if (status.isDirectory() || status.getLen() > MOST_BYTES) {
      throw InvalidInputException.configuration(
          "Invalid --config: "
              + shown
              + (status.isDirectory()
                  ? "; it is a folder"
                  : "; its " + status.getLen() + " bytes are too many for a configuration"));
    }
    try {
      byte[] bytes = file.read().orElseThrow(() -> new IOException("it was deleted"));
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw InvalidInputException.configuration(
          "Invalid --config: " + shown + "; it is no text in UTF-8");
    }
  }

  private void top(Pair pair) {
    String key = pair.key().text();
    Optional<OptionSpec> option = keys.find(key);
    if (pair.value() instanceof Mapping section
        && option.filter(it -> takesPairs(it) || takesMappings(it)).isEmpty()) {
      if (!keys.isSection(key)) {
        problems.add("Unknown section " + key + at(pair) + "." + keys.didYouMeanSection(key));
      }
      if (!sections.add(key)) {
        problems.add("Duplicate section " + key + at(pair) + ": put its keys into the first");
      }
      section.pairs().forEach(this::flag);
    } else if (!(keys.isSection(key) && pair.value() instanceof Scalar s && s.isEmpty())) {
      flag(pair);
    }
  }

  private void flag(Pair pair) {
    String key = pair.key().text();
    Optional<OptionSpec> option = keys.find(key);
    if (option.isEmpty()) {
      problems.add(
          key.equals(FlagKeys.CONFIG)
              ? "Unsupported " + key + at(pair) + ": a file names no other; give --config twice"
              : "Unknown key " + key + at(pair) + "." + keys.didYouMean(key));
    } else if (FlagKeys.isSecret(option.get())) {
      problems.add(
          "Unsupported "
              + key
              + at(pair)
              + ": configuration files are shared and kept, so they hold no secrets; set it in the"
              + " environment of the driver, or as a flag");
    } else {
      List<String> values = values(option.get(), pair);
      Origin origin = new Origin.FileLine(name, pair.key().line());
      Given now = new Given(option.get(), key, values, origin);
      Given before = given.putIfAbsent(option.get(), now);
      if (before != null && !before.hasValueOf(now)) {
        problems.add("Duplicate " + key + at(pair) + ": " + now.contradicts(before));
      }
    }
  }

  private List<String> values(OptionSpec option, Pair pair) {
    List<String> values = new ArrayList<>();
    if (pair.value() instanceof Sequence sequence) {
      if (!option.isMultiValue() || isMap(option)) {
        wrong(pair, "it takes one value, not a list");
      } else if (sequence.items().isEmpty()) {
        wrong(pair, "the list is empty; leave the key out");
      }
      for (YamlNode item : sequence.items()) {
        if (item instanceof Mapping mapping && takesMappings(option)) {
          addMapping(values, mapping, pair);
        } else {
          add(values, item, pair);
        }
      }
    } else if (pair.value() instanceof Mapping mapping && takesMappings(option)) {
      addMapping(values, mapping, pair);
    } else if (pair.value() instanceof Mapping mapping) {
      if (!takesPairs(option)) {
        wrong(pair, "it takes a value, not a mapping");
      }
      for (Pair inner : mapping.pairs()) {
        List<String> one = new ArrayList<>();
        add(one, inner.value(), inner);
        one.forEach(value -> values.add(inner.key().text() + "=" + value));
      }
    } else {
      add(values, pair.value(), pair);
    }
    return values;
  }

  private void add(List<String> values, YamlNode node, Pair pair) {
    if (!(node instanceof Scalar scalar)) {
      wrong(pair, "its values must be text, numbers, true or false");
    } else if (scalar.isEmpty()) {
      wrong(pair, "it has no value; leave the key out");
    } else {
      values.add(scalar.text());
    }
  }

  private void addMapping(List<String> values, Mapping mapping, Pair pair) {
    boolean flat = true;
    Set<String> names = new HashSet<>();
    for (Pair inner : mapping.pairs()) {
      flat &= inner.value() instanceof Scalar;
      if (!names.add(inner.key().text())) {
        wrong(inner, "it is there twice");
      }
    }
    if (flat) {
      values.add(FlowMapping.of(mapping));
    } else {
      wrong(pair, "the values of its mappings must be text, numbers, true or false");
    }
  }

  private static boolean takesMappings(OptionSpec option) {
    return mappings(option).filter(how -> !how.asPairs()).isPresent();
  }

  private static boolean takesPairs(OptionSpec option) {
    return isMap(option) || mappings(option).filter(TakesMappings::asPairs).isPresent();
  }

  private static Optional<TakesMappings> mappings(OptionSpec option) {
    return option.userObject() instanceof Field field
        ? Optional.ofNullable(field.getAnnotation(TakesMappings.class))
        : Optional.empty();
  }

  private static boolean isMap(OptionSpec option) {
    return Map.class.isAssignableFrom(option.type());
  }

  private void wrong(Pair pair, String why) {
    problems.add("Invalid " + pair.key().text() + at(pair) + ": " + why);
  }

  private String at(Pair pair) {
    return " (" + name + ":" + pair.key().line() + ")";
  }
}
