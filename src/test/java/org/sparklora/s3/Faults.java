package org.sparklora.s3;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * Which requests fail, and how. A fault is a function of (seed, method, target, how often this was
 * asked before), so it depends neither on threads nor on other requests. No request fails more than
 * {@value #MOST_IN_A_ROW} times in a row by the seed: a client that retries gets through.
 *
 * <p>Requests are named {@code METHOD /key?query}.
 */
public final class Faults {
  private static final int MOST_IN_A_ROW = 2;
  private static final Fault[] KINDS = Fault.values();

  /** Of requests that match, the first {@code times} fail so. */
  private record Scripted(Pattern requests, Fault fault, int[] times) {}

  private final long seed;
  private final double rate;
  private final Map<String, Integer> asked = new HashMap<>();
  private final Map<String, Integer> failedInARow = new HashMap<>();
  private final Map<Fault, Integer> injected = new EnumMap<>(Fault.class);
  private final List<Scripted> scripted = new ArrayList<>();

  private Faults(long seed, double rate) {
    this.seed = seed;
    this.rate = rate;
  }

  public static Faults none() {
    return new Faults(0, 0);
  }

  /**
   * Faults of every kind.
   *
   * @param rate the part of requests that fail, from 0 to 1
   */
  public static Faults seeded(long seed, double rate) {
    return new Faults(seed, rate);
  }

  /**
   * Adds certain ones: the first requests whose whole {@code METHOD /key?query} matches.
   *
   * @param requests a regular expression, such as {@code "PUT .*\/manifest.json"}
   */
  public synchronized Faults first(int times, String requests, Fault fault) {
    scripted.add(new Scripted(Pattern.compile(requests), fault, new int[] {times}));
    return this;
  }

  /** How many requests there were whose whole {@code METHOD /key?query} matches. */
  public synchronized int asked(String requests) {
    Pattern pattern = Pattern.compile(requests);
    return asked.entrySet().stream()
        .filter(request -> pattern.matcher(request.getKey()).matches())
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  /** How many of each kind there were. */
  public synchronized Map<Fault, Integer> injected() {
    return new EnumMap<>(injected);
  }

  synchronized Fault next(String request) {
    int before = asked.merge(request, 1, Integer::sum);
    Fault fault = script(request);
    if (fault == Fault.NONE && rate > 0) {
      fault = drawn(request, before);
    }
    if (fault != Fault.NONE) {
      injected.merge(fault, 1, Integer::sum);
    }
    return fault;
  }

  private Fault script(String request) {
    for (Scripted script : scripted) {
      if (script.times()[0] > 0 && script.requests().matcher(request).matches()) {
        script.times()[0]--;
        return script.fault();
      }
    }
    return Fault.NONE;
  }

  private Fault drawn(String request, int before) {
    CRC32 hash = new CRC32();
    // A store gives random names to uploads.
    hash.update(request.replaceAll("uploadId=[^&]*", "").getBytes(StandardCharsets.UTF_8));
    SplittableRandom random =
        new SplittableRandom(seed ^ (hash.getValue() << 32) ^ (before * 0x9E3779B97F4A7C15L));
    if (random.nextDouble() >= rate || failedInARow.getOrDefault(request, 0) == MOST_IN_A_ROW) {
      failedInARow.remove(request);
      return Fault.NONE;
    }
    failedInARow.merge(request, 1, Integer::sum);
    return KINDS[1 + random.nextInt(KINDS.length - 1)];
  }
}
