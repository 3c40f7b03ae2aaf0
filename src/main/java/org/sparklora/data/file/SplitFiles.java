package org.sparklora.data.file;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.NearestName;

/**
 * The files of the wanted split.
 *
 * @param files in order
 * @param remarks about files that are not read
 */
public record SplitFiles(List<FoundFile> files, List<String> remarks) {
  /**
   * Takes the files of the wanted split.
   *
   * @param data Parquet files or pictures, in order
   * @param pictures whether they are pictures
   * @throws InvalidInputException (DATA) when there is no such split, naming those there are
   */
  public static SplitFiles of(
      String location, List<FoundFile> data, boolean pictures, SplitChoice choice) {
    Map<String, List<FoundFile>> splits = DataSplits.of(data);
    return pictures && choice.everyPicture()
        ? new SplitFiles(data, allTaken(location, splits))
        : of(location, data, splits, choice);
  }

  /**
   * Takes the files of the wanted one of these splits.
   *
   * @throws InvalidInputException (DATA) when there is no such split, naming those there are
   */
  public static SplitFiles of(
      String location,
      List<FoundFile> data,
      Map<String, List<FoundFile>> splits,
      SplitChoice choice) {
    Optional<String> wanted = choice.of(splits.keySet());
    if (wanted.isEmpty()) {
      throw missing(location, choice.wanted().get(0), splits);
    }
    if (wanted.get().equals(SplitChoice.ALL)) {
      return new SplitFiles(data, List.of());
    }
    List<FoundFile> files = splits.get(wanted.get());
    List<String> remarks = new ArrayList<>(leftOut(location, data, wanted.get(), splits));
    remarks.addAll(capitals(location, data, splits));
    return new SplitFiles(files, remarks);
  }

  /** The same files with more remarks. */
  public SplitFiles with(List<String> more) {
    List<String> all = new ArrayList<>(remarks);
    all.addAll(more);
    return new SplitFiles(files, all);
  }

  private static InvalidInputException missing(
      String location, String wanted, Map<String, List<FoundFile>> splits) {
    List<String> names = List.copyOf(splits.keySet());
    return InvalidInputException.data(
        "Missing split: "
            + location
            + " has no split "
            + wanted
            + ", it has "
            + String.join(", ", splits.entrySet().stream().map(SplitFiles::counted).toList())
            + NearestName.likely(wanted, names)
                .map(name -> ", did you mean " + name + "?")
                .orElse("")
            + "; give one of them with --dataset_split, or all");
  }

  private static String counted(Map.Entry<String, List<FoundFile>> split) {
    return split.getKey() + " (" + PassedOver.counted(split.getValue()) + ")";
  }

  private static List<String> leftOut(
      String location, List<FoundFile> data, String wanted, Map<String, List<FoundFile>> splits) {
    Set<FoundFile> taken = new HashSet<>(splits.get(wanted));
    Set<FoundFile> told = new HashSet<>(taken);
    List<String> remarks = new ArrayList<>();
    splits.forEach(
        (split, files) -> {
          List<FoundFile> others = files.stream().filter(file -> !taken.contains(file)).toList();
          told.addAll(others);
          if (!others.isEmpty()) {
            remarks.add(leftOut(location, wanted, "the split " + split, others));
          }
        });
    List<FoundFile> rest = data.stream().filter(file -> !told.contains(file)).toList();
    if (!rest.isEmpty()) {
      remarks.add(leftOut(location, wanted, "no split", rest));
    }
    return remarks;
  }

  private static String leftOut(
      String location, String wanted, String whose, List<FoundFile> files) {
    return "The split "
        + wanted
        + " of "
        + location
        + " is read. Left out as of "
        + whose
        + ": "
        + PassedOver.counted(files);
  }

  private static List<String> allTaken(String location, Map<String, List<FoundFile>> splits) {
    return splits.size() == 1
        ? List.of()
        : List.of(
            "Every picture of "
                + location
                + " is read, of the splits "
                + String.join(", ", splits.keySet())
                + "; --dataset_split takes one of them");
  }

  /**
   * Remarks about folders and files whose words are in capitals: Hugging Face's rules look only for
   * lower case.
   */
  private static List<String> capitals(
      String location, List<FoundFile> data, Map<String, List<FoundFile>> splits) {
    if (splits.size() > 1 || splits.values().iterator().next().size() < data.size()) {
      return List.of();
    }
    List<FoundFile> small =
        data.stream()
            .map(file -> new FoundFile(file.name().toLowerCase(Locale.ROOT), file.status()))
            .toList();
    Set<String> like = new HashSet<>(DataSplits.of(small).keySet());
    like.removeAll(splits.keySet());
    return like.isEmpty()
        ? List.of()
        : List.of(
            "Names in "
                + location
                + " look like the split "
                + String.join(", ", like)
                + ", but words of splits are written in lower case: all files are read");
  }
}
