package org.sparklora.spark.generate;

import java.io.IOException;
import java.io.Serializable;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.data.DatasetFolder;
import org.sparklora.store.StoreFile;
import org.sparklora.util.ContentHash;

/**
 * A folder of class images: the user's own pictures, and drawn ones. Drawn ones are called {@code
 * NUMBER-SHA1} as in diffusers' DreamBooth scripts. They are PNG files, which are lossless.
 */
record ClassImageFolder(String location) implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Pattern DRAWN = Pattern.compile("(\\d{1,9})-[0-9a-f]{40}\\.(?:png|jpg)");

  /**
   * The contents of the folder.
   *
   * @param drawn numbers of the drawn pictures
   * @param others number of the other pictures
   */
  record Contents(SortedSet<Integer> drawn, int others) {
    int pictures() {
      return drawn.size() + others;
    }
  }

  Contents contents(Configuration configuration) {
    List<String> pictures = new DatasetFolder(configuration).pictures(location);
    SortedSet<Integer> drawn = new TreeSet<>();
    for (String name : pictures) {
      Matcher matcher = DRAWN.matcher(name);
      if (matcher.matches()) {
        drawn.add(Integer.valueOf(matcher.group(1)));
      }
    }
    int others = (int) pictures.stream().filter(name -> !DRAWN.matcher(name).matches()).count();
    return new Contents(drawn, others);
  }

  /** Writes a drawn picture, completely or not at all. */
  void write(int number, byte[] png, Configuration configuration) throws IOException {
    Path path = new Path(location, String.format(Locale.ROOT, "%d-%s.png", number, sha1(png)));
    StoreFile.of(path, configuration).replace(out -> out.write(png));
  }

  private static String sha1(byte[] content) {
    MessageDigest digest = ContentHash.sha1();
    digest.update(content);
    return ContentHash.hex(digest);
  }
}
