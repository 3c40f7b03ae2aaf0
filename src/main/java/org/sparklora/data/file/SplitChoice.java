package org.sparklora.data.file;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Chooses the split of a data set that is read.
 *
 * @param wanted names of splits; the first that is there is read. {@code all} is always there
 * @param everyPicture whether splits count for Parquet files only, and all picture files are read
 */
public record SplitChoice(List<String> wanted, boolean everyPicture) {
  /** The name of all splits together. */
  static final String ALL = "all";

  /** The split to train on. */
  public static final SplitChoice TRAIN = named("train");

  /** The split to train on of Parquet files, and all picture files, as in diffusers' scripts. */
  public static final SplitChoice EVERY_PICTURE = new SplitChoice(TRAIN.wanted(), true);

  /** All splits. */
  public static final SplitChoice EVERYTHING = named(ALL);

  /**
   * For a data set that is held out: the split {@code validation} or {@code test} if there is one,
   * otherwise all.
   */
  public static final SplitChoice HELD_OUT =
      new SplitChoice(List.of("validation", "test", ALL), false);

  public SplitChoice {
    wanted = List.copyOf(wanted);
  }

  /** The split of a name, for Parquet files and pictures. */
  public static SplitChoice named(String name) {
    return new SplitChoice(List.of(name), false);
  }

  /** The first wanted split that is there. */
  Optional<String> of(Set<String> splits) {
    return wanted.stream().filter(name -> name.equals(ALL) || splits.contains(name)).findFirst();
  }
}
