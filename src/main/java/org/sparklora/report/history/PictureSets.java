package org.sparklora.report.history;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.report.event.RunEvent;

/**
 * Validation pictures over time, in bounded size: when steps are added, some earlier ones are
 * dropped.
 */
public final class PictureSets {
  private static final Logger LOG = LoggerFactory.getLogger(PictureSets.class);

  static final int MOST_SETS = 12;
  static final int MOST_PAIRS = 8;

  private final List<PictureSet> sets;

  PictureSets() {
    this(List.of());
  }

  PictureSets(List<PictureSet> sets) {
    this.sets = new ArrayList<>(sets);
  }

  public List<PictureSet> all() {
    return List.copyOf(sets);
  }

  /** The picture without the adapter. */
  public Optional<byte[]> base(PictureSet.Pair pair) {
    return sets.stream()
        .flatMap(set -> set.pairs().stream())
        .filter(other -> other.isSameAs(pair) && other.base().length > 0)
        .map(PictureSet.Pair::base)
        .findFirst();
  }

  void add(RunEvent.Validated validated) {
    if (validated.pictures().isEmpty()) {
      return;
    }
    dropFrom(validated.step());
    List<PictureSet.Pair> pairs = new ArrayList<>();
    for (RunEvent.ValidationPicture picture : validated.pictures()) {
      if (pairs.size() < MOST_PAIRS) {
        pair(picture).ifPresent(pairs::add);
      }
    }
    int more = validated.pictures().size() - pairs.size();
    sets.add(new PictureSet(validated.step(), pairs, more));
    if (sets.size() > MOST_SETS) {
      thin();
    }
  }

  private Optional<PictureSet.Pair> pair(RunEvent.ValidationPicture picture) {
    try {
      PictureSet.Pair pair =
          new PictureSet.Pair(
              picture.prompt(), picture.seed(), new byte[0], Thumbnail.jpeg(picture.adapted()));
      return Optional.of(
          base(pair).isPresent()
              ? pair
              : new PictureSet.Pair(
                  pair.prompt(), pair.seed(), Thumbnail.jpeg(picture.base()), pair.adapted()));
    } catch (UncheckedIOException e) {
      LOG.warn("Leaving a picture out of the report: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /** Keeps the first set, the last one, and every other one between them. */
  private void thin() {
    List<PictureSet> kept = new ArrayList<>();
    for (int i = 0; i < sets.size(); i++) { // the first set holds the base model's pictures
      if (i % 2 == 0 || i == sets.size() - 1) {
        kept.add(sets.get(i));
      }
    }
    sets.clear();
    sets.addAll(kept);
  }

  /** Forgets the pictures of steps that will be trained again. */
  void dropAfter(long step) {
    dropFrom(step + 1);
  }

  private void dropFrom(long step) {
    sets.removeIf(set -> set.step() >= step);
  }
}
