package org.sparklora.cli.kohya;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The sizes to which a folder's pictures are brought. */
record KohyaSizes(KohyaSettings settings) {
  private static final String RESOLUTION = "resolution";
  private static final String BUCKETS = "enable_bucket";
  private static final String OWN_SIZES = "bucket_no_upscale";

  /** Sides of buckets, and what they are where nothing is said. */
  private static final Map<String, String> SIDES =
      new TreeMap<>(
          Map.of("min_bucket_reso", "256", "max_bucket_reso", "1024", "bucket_reso_steps", "64"));

  /** The resolution, and what is said of buckets. */
  Map<String, String> given() {
    Map<String, String> given = new LinkedHashMap<>();
    given.put(RESOLUTION, side());
    if (settings.isOn(BUCKETS)) {
      SIDES.keySet().forEach(name -> settings.text(name).ifPresent(side -> given.put(name, side)));
      if (settings.isOn(OWN_SIZES)) {
        given.put(OWN_SIZES, "true");
      }
    }
    return given;
  }

  /** What is not as for others. */
  Map<String, String> differing(KohyaSizes others) {
    Map<String, String> sizes = all();
    sizes.entrySet().removeAll(others.all().entrySet());
    return sizes;
  }

  private Map<String, String> all() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put(RESOLUTION, side());
    all.put(BUCKETS, String.valueOf(settings.isOn(BUCKETS)));
    if (settings.isOn(BUCKETS)) {
      SIDES.forEach((name, usual) -> all.put(name, settings.text(name, usual)));
      all.put(OWN_SIZES, String.valueOf(settings.isOn(OWN_SIZES)));
    }
    return all;
  }

  /** The side of the square that has the resolution's area. */
  private String side() {
    List<String> sides = sides();
    if (sides.isEmpty() || sides.get(0).isBlank()) {
      return "512";
    }
    if (rectangle().isEmpty()) {
      return sides.get(0).strip();
    }
    double area = Double.parseDouble(sides.get(0)) * Double.parseDouble(sides.get(1));
    return String.valueOf(Math.round(Math.sqrt(area) / 8) * 8);
  }

  /** A resolution that is no square. */
  Optional<String> rectangle() {
    List<String> sides = sides();
    boolean square = sides.size() < 2 || sides.get(0).strip().equals(sides.get(1).strip());
    return square ? Optional.empty() : Optional.of(String.join(",", sides));
  }

  private List<String> sides() {
    List<String> given = settings.all(RESOLUTION);
    return given.size() == 1 ? List.of(given.get(0).split(",", -1)) : given;
  }
}
