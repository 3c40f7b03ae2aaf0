package org.sparklora.cli.config;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.events.StreamEndEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.sparklora.cli.config.YamlNode.Mapping;
import org.sparklora.cli.config.YamlNode.Pair;
import org.sparklora.cli.config.YamlNode.Scalar;
import org.sparklora.cli.config.YamlNode.Sequence;
import org.sparklora.util.InvalidInputException;

/**
 * A YAML 1.2 document whose scalars stay as they are written, so that a flag reads them as it reads
 * its argument. It is read from the parser's events, so deep nesting and aliases are refused before
 * they cost anything.
 */
final class YamlDocument {
  /** The deepest nesting: a section, a flag in it, and the pairs of a flag, or a list of pairs. */
  private static final int DEEPEST = 3;

  private final String file;
  private final Iterator<Event> events;

  private YamlDocument(String file, String text) {
    this.file = file;
    this.events = new Parse(LoadSettings.builder().build()).parseString(text).iterator();
  }

  /**
   * The document's mapping; an empty file has an empty one.
   *
   * @param file its name, for errors
   * @throws InvalidInputException (CONFIGURATION) when the text is not a YAML mapping
   */
  static Mapping read(String file, String text) {
    try {
      return new YamlDocument(file, text).root();
    } catch (MarkedYamlEngineException e) {
      throw invalid(
          e.getProblemMark().map(mark -> file + ":" + (mark.getLine() + 1)).orElse(file),
          "this is no YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw invalid(
          file,
          "this is no YAML: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
  }

  private Mapping root() {
    events.next(); // the start of the stream
    if (events.next() instanceof StreamEndEvent) {
      return new Mapping(List.of(), 1);
    }
    YamlNode root = node(events.next(), 1, DEEPEST);
    events.next(); // of the document
    Event after = events.next();
    if (!(after instanceof StreamEndEvent)) {
      throw invalid(at(after), "a second document begins here; a configuration file has one");
    }
    if (root instanceof Scalar scalar && scalar.isEmpty()) {
      return new Mapping(List.of(), 1);
    }
    if (root instanceof Mapping mapping) {
      return mapping;
    }
    throw invalid(file + ":" + root.line(), "it must be lines of flag: value");
  }

  private YamlNode node(Event event, int depth, int deepest) {
    if (event instanceof AliasEvent) {
      throw invalid(at(event), "aliases are not supported; write the value itself");
    }
    if (event instanceof ScalarEvent scalar) {
      boolean isEmpty =
          scalar.isPlain()
              && (scalar.getValue().isEmpty()
                  || scalar.getValue().equals("~")
                  || scalar.getValue().equals("null"));
      return new Scalar(scalar.getValue(), isEmpty, line(event));
    }
    if (depth > deepest) {
      throw invalid(at(event), "this is nested too deeply for a section, a flag and its values");
    }
    if (event instanceof SequenceStartEvent) {
      List<YamlNode> items = new ArrayList<>();
      for (Event next = events.next(); !(next instanceof SequenceEndEvent); next = events.next()) {
        items.add(node(next, depth + 1, next instanceof MappingStartEvent ? DEEPEST + 1 : DEEPEST));
      }
      return new Sequence(items, line(event));
    }
    if (event instanceof MappingStartEvent) {
      List<Pair> pairs = new ArrayList<>();
      for (Event next = events.next(); !(next instanceof MappingEndEvent); next = events.next()) {
        if (!(node(next, depth + 1, DEEPEST) instanceof Scalar key)) {
          throw invalid(at(next), "a key must be a name");
        }
        pairs.add(new Pair(key, node(events.next(), depth + 1, DEEPEST)));
      }
      return new Mapping(pairs, line(event));
    }
    throw new IllegalStateException("Unknown YAML event " + event);
  }

  private static int line(Event event) {
    return event.getStartMark().orElseThrow().getLine() + 1;
  }

  private String at(Event event) {
    return file + ":" + line(event);
  }

  private static InvalidInputException invalid(String where, String why) {
    return InvalidInputException.configuration("Invalid " + where + ": " + why);
  }
}
