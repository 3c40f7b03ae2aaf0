package org.sparklora.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The leases of an output folder, each a numbered file. A run takes over by being the first to
 * create the next number, so the store needs no compare-and-set.
 */
record LeaseFolder(FileSystem fileSystem, Path folder) {
  static final String NAME = "_lease";
  static final Pattern FILE = Pattern.compile("(\\d{1,18})\\.json");

  /** The highest number there is. */
  OptionalLong newest() throws IOException {
    List<Long> numbers = numbers();
    return numbers.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Collections.max(numbers));
  }

  StoreFile file(long number) {
    return new StoreFile(fileSystem, new Path(folder, number + ".json"));
  }

  /** Reads the lease of a number; empty if there is none or it is damaged. */
  Optional<Lease> read(long number) throws IOException {
    return file(number).read().flatMap(Lease::parse);
  }

  /** Writes a lease over an earlier one of its number. */
  void replace(Lease lease) throws IOException {
    file(lease.number()).replace(out -> out.write(lease.toJson()));
  }

  void deleteBefore(long number) throws IOException {
    for (long older : numbers()) {
      if (older < number) {
        fileSystem.delete(file(older).path(), false);
        fileSystem.delete(new SetAside(fileSystem, file(older).path()).aside(), false);
      }
    }
  }

  /** Returns the numbers of all leases, also of one that is just being replaced. */
  private List<Long> numbers() throws IOException {
    List<Long> numbers = new ArrayList<>();
    try {
      for (FileStatus status : fileSystem.listStatus(folder)) {
        Matcher aside = SetAside.NAME.matcher(status.getPath().getName());
        Matcher name = FILE.matcher(aside.matches() ? aside.group(1) : status.getPath().getName());
        if (name.matches()) {
          numbers.add(Long.parseLong(name.group(1)));
        }
      }
    } catch (FileNotFoundException e) {
      return List.of();
    }
    return numbers;
  }
}
