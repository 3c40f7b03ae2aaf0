package org.sparklora.nn;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Builds the UNet's stages, with its stack of skip connections. */
public final class Stages {
  private final List<Stage> stages = new ArrayList<>();
  private final Deque<Integer> skips = new ArrayDeque<>();

  public void add(Stage.Body body) {
    stages.add(new Stage(body, List.of(last()), List.of()));
  }

  /** Keeps the last value as a skip connection, for a stage that {@link #addWithSkip takes} it. */
  public void keepSkip() {
    skips.push(last());
  }

  /** Adds a stage that also takes the newest skip connection. */
  public void addWithSkip(Stage.Body body) {
    stages.add(new Stage(body, List.of(last(), skips.pop()), List.of()));
  }

  /** Adds a stage that needs the size of the newest skip connection. */
  public void addOfSkipSize(Stage.Body body) {
    stages.add(new Stage(body, List.of(last()), List.of(skips.getFirst())));
  }

  public List<Stage> toList() {
    return List.copyOf(stages);
  }

  private int last() {
    return stages.size();
  }
}
