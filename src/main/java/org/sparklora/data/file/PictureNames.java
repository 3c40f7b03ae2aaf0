package org.sparklora.data.file;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.sparklora.util.NearestName;

/** Finds the picture that a metadata file names. Names are paths below the data set's folder. */
public final class PictureNames {
  /** If there are more names than this, no search for a misspelt name is made. */
  private static final int COMPARED = 2000;

  private final List<String> names;
  private final Set<String> exact;

  /**
   * Pictures by their name in Unicode's composed form, because macOS and archives write accents in
   * two ways.
   */
  private final Map<String, List<String>> composed = new HashMap<>();

  /** Pictures by the last part of their name, in lower case. */
  private final Map<String, List<String>> byLastPart = new HashMap<>();

  public PictureNames(List<String> names) {
    this.names = List.copyOf(names);
    this.exact = new HashSet<>(names);
    for (String name : names) {
      composed.computeIfAbsent(composed(name), key -> new ArrayList<>()).add(name);
      byLastPart.computeIfAbsent(lastPart(name), key -> new ArrayList<>()).add(name);
    }
  }

  /**
   * Finds the picture of a name.
   *
   * @param folder of the metadata file, below the data set's
   * @param written name in the metadata file; Windows' separators are accepted, too
   */
  public Optional<String> find(String folder, String written) {
    Optional<String> found = below(folder, written).flatMap(this::find);
    return found.isPresent() || written.indexOf('\\') < 0
        ? found
        : below(folder, written.replace('\\', '/')).flatMap(this::find);
  }

  private Optional<String> find(String name) {
    if (exact.contains(name)) {
      return Optional.of(name);
    }
    List<String> alike = composed.getOrDefault(composed(name), List.of());
    return alike.size() == 1 ? Optional.of(alike.get(0)) : Optional.empty();
  }

  /** Some names, as examples. */
  public List<String> first(int count) {
    return names.subList(0, Math.min(count, names.size()));
  }

  /**
   * A picture that may be meant: one with the same name in another folder, or with nearly the same
   * name.
   */
  public Optional<String> nearest(String written) {
    List<String> elsewhere = byLastPart.getOrDefault(lastPart(decoded(written)), List.of());
    if (!elsewhere.isEmpty()) {
      return NearestName.of(written, elsewhere);
    }
    if (names.size() > COMPARED) {
      return Optional.empty();
    }
    List<String> stems = names.stream().map(PictureNames::stem).toList();
    return NearestName.likely(stem(written), stems).map(stem -> names.get(stems.indexOf(stem)));
  }

  /**
   * Joins folder and name; empty if the result is outside the data set's folder. Hadoop's Path
   * cannot do this, because it takes the part before a colon for a scheme.
   */
  private static Optional<String> below(String folder, String name) {
    if (name.startsWith("/")) {
      return Optional.empty();
    }
    Deque<String> parts = new ArrayDeque<>();
    for (String part : (folder + "/" + name).split("/", -1)) {
      if (part.equals("..")) {
        if (parts.pollLast() == null) {
          return Optional.empty();
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return Optional.of(String.join("/", parts));
  }

  private static String composed(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFC);
  }

  private static String lastPart(String name) {
    return composed(name.substring(1 + lastSeparator(name))).toLowerCase(Locale.ROOT);
  }

  private static String stem(String name) {
    int point = name.lastIndexOf('.');
    return point > lastSeparator(name) ? name.substring(0, point) : name;
  }

  private static int lastSeparator(String name) {
    return Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\'));
  }

  /** Decodes a name that is written as in a web address: {@code %20} for a space. */
  private static String decoded(String written) {
    try {
      return URLDecoder.decode(written.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return written;
    }
  }
}
